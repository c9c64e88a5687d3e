package inventory

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// What could not be read may be attached to any image, and may be an image. So it is doubt about each of those that it
// may be attached to: those beside it, and where others look for what they lack, each that lacks something.

// markOpaque notes a folder of which it cannot be told what it holds.
func (index *ImageIndex) markOpaque(name string, why error) {
	index.mu.Lock()
	defer index.mu.Unlock()
	index.Opaque[name] = why.Error()
}

// Doubt names what in an image could not be read, in one finding: there can be many, and many images beside them.
func (index *ImageIndex) Doubt(about string) (name, text string, doubtful bool) {
	index.mu.Lock()
	defer index.mu.Unlock()
	if len(index.Opaque) == 0 {
		return "", "", false
	}
	names := slices.Sorted(maps.Keys(index.Opaque))
	text = fmt.Sprintf("%s cannot be read, and %s: %s", index.Image.Folder(names[0]), about, index.Opaque[names[0]])
	if more := len(names) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return names[0], text, true
}

// NoteStray notes the attachments that cannot be read and whose subject is not in their image: they may be images,
// whatever their tags say.
func (index *ImageIndex) NoteStray() {
	held := index.Digests()
	for subject := range index.bySubject {
		for _, h := range index.AttachedTo(subject) {
			if _, stored := index.Folders[h.Name]; stored && h.Condition == Doubtful && !held[subject] {
				index.Opaque[h.Name] = h.Why
			}
		}
	}
}

// Read returns what is known of a digest in an image. What a folder shows and the registry denies is an error, and not
// absence.
func (s Server) Read(ctx context.Context, cache *ManifestCache, on *ImageIndex, d digest.Digest) (info ManifestInfo, found bool, err error) {
	if info, found, err = cache.Read(ctx, on.Image, d); err != nil || found {
		return info, found, err
	}
	names := []string{reference.DigestFolder(d)}
	for _, name := range slices.Sorted(maps.Keys(on.Folders)) {
		if on.Folders[name].Digest == d && name != names[0] {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if err := s.Contradicted(ctx, on.Image, name); err != nil {
			return ManifestInfo{}, false, err
		}
	}
	return ManifestInfo{}, false, nil
}

// Contradicted is an error where the folder of what the registry denies shows a manifest, and where it cannot be looked
// into.
func (s Server) Contradicted(ctx context.Context, image reference.Image, name string) error {
	if s.Files == nil {
		return nil
	}
	inside, err := tagfolder.Look(ctx, s.Files, image.Folder(name))
	switch {
	case Absent(err), err == nil && !inside.HasManifest():
		return nil
	case err != nil:
		return err
	default:
		return &failure.Failure{Message: "its folder shows a manifest, and the registry does not serve it"}
	}
}
