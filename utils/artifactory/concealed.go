package artifactory

import (
	"context"
	"errors"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// Concealed returns those of the manifests that are somewhere on the server where the user may not read, in whatever
// repository and path, or of which that cannot be told. shown is a manifest file that the user may read.
//
// A search drops the rows that a user may not read after it applied the limit (contract aql-rights-after-limit). So of
// a search for hidden files and the one that is shown, sorted so that the latter is last, the first row is the one that
// is shown only if there are no others.
func (c *Client) Concealed(ctx context.Context, sought []manifest.Sought,
	shown manifest.Stored,
) ([]digest.Digest, error) {
	var before, after []manifest.Sought
	var concealed []digest.Digest
	for _, one := range sought {
		switch {
		case one.Digest < shown.Digest:
			before = append(before, one)
		case one.Digest > shown.Digest:
			after = append(after, one)
		default:
			concealed = append(concealed, one.Digest)
		}
	}
	for _, side := range []struct {
		sought     []manifest.Sought
		descending bool
	}{{before, false}, {after, true}} {
		for batch := range slices.Chunk(side.sought, digestsAtOnce) {
			found, err := c.concealed(ctx, batch, shown, side.descending)
			if err != nil {
				return nil, err
			}
			concealed = append(concealed, found...)
		}
	}
	return concealed, nil
}

// concealed halves a batch that holds something until it is told which. One with so many known places that no search
// takes it counts, too.
func (c *Client) concealed(ctx context.Context, batch []manifest.Sought, shown manifest.Stored,
	descending bool,
) ([]digest.Digest, error) {
	var tooLong *QueryTooLongError
	first, err := c.first(ctx, batch, shown, descending)
	switch {
	case err != nil && !errors.As(err, &tooLong):
		return nil, err
	case err == nil && first == rowOf(shown).Location():
		return nil, nil
	case len(batch) == 1:
		return []digest.Digest{batch[0].Digest}, nil
	}
	half := len(batch) / 2
	found, err := c.concealed(ctx, batch[:half], shown, descending)
	if err != nil {
		return nil, err
	}
	more, err := c.concealed(ctx, batch[half:], shown, descending)
	return append(found, more...), err
}

// first returns the place of the first row of a search for manifests and the one that is shown; empty where the user
// may not read that row.
func (c *Client) first(ctx context.Context, batch []manifest.Sought, shown manifest.Stored,
	descending bool,
) (string, error) {
	digests := make([]Criterion, 0, len(batch))
	for _, one := range batch {
		unknown := make([]Criterion, 0, 1+len(one.Known))
		unknown = append(unknown, Where(SHA256, Equal, one.Digest.Encoded()))
		for _, known := range one.Known {
			row := rowOf(known)
			unknown = append(unknown, Any(Where(Repo, NotEqual, row.Repo), Where(Path, NotEqual, row.Path)))
		}
		digests = append(digests, All(unknown...))
	}
	row := rowOf(shown)
	q := Query{
		Where: Any(
			All(OneOf(Name, manifest.FileNames()...), Any(digests...)),
			All(Where(Repo, Equal, row.Repo), Where(Path, Equal, row.Path), Where(Name, Equal, row.Name)),
		),
		Sort: []Field{SHA256}, Descending: descending, Limit: 1,
	}
	for item, err := range c.Search(ctx, q) {
		return item.Location(), err
	}
	return "", nil
}

// rowOf returns the row in which a search shows a file.
func rowOf(f manifest.Stored) Item {
	return Item{Repo: f.Image.Repo, Path: f.Image.Path + "/" + f.Folder, Name: f.Name}
}
