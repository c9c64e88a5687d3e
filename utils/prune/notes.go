package prune

import (
	"context"
	"strings"
	"time"

	"github.com/opencontainers/go-digest"
)

// Annotator finds, sets and deletes properties of folders.
type Annotator interface {
	// Annotated returns the values of a property by the folders of a repository that have it.
	Annotated(ctx context.Context, repo, key string) (map[string][]string, error)
	SetProperties(ctx context.Context, path string, properties map[string][]string) error
	DeleteProperties(ctx context.Context, path string, keys ...string) error
}

// SeenProperty is the property of an attachment that prune saw without its image: time, digest and folder. A copy of
// the folder carries it along, and a push into it leaves it: so it says what it is about.
const SeenProperty = "signed-promote.seen"

// PropertyNotes keeps notes in a property of the attachment's own folder. It takes Annotate.
type PropertyNotes struct{ Annotator Annotator }

// Sightings searches for the property.
func (n PropertyNotes) Sightings(ctx context.Context, repo string) ([]Sighting, error) {
	found, err := n.Annotator.Annotated(ctx, repo, SeenProperty)
	if err != nil {
		return nil, err
	}
	var all []Sighting
	for folder, values := range found {
		for _, value := range values {
			parts := strings.SplitN(value, " ", 3)
			if len(parts) != 3 || parts[2] != folder {
				continue
			}
			if at, err := time.Parse(time.RFC3339, parts[0]); err == nil {
				all = append(all, Sighting{Folder: folder, Digest: digest.Digest(parts[1]), At: at})
			}
		}
	}
	return all, nil
}

// Note sets it.
func (n PropertyNotes) Note(ctx context.Context, o Orphan, at time.Time) error {
	value := at.UTC().Format(time.RFC3339) + " " + o.Digest.String() + " " + o.Folder()
	return n.Annotator.SetProperties(ctx, o.Folder(), map[string][]string{SeenProperty: {value}})
}

// Forget takes it away.
func (n PropertyNotes) Forget(ctx context.Context, s Sighting) error {
	return n.Annotator.DeleteProperties(ctx, s.Folder, SeenProperty)
}
