package inventory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// What could not be read may be attached to any image, and may be an image. So it is doubt about each of those that it
// may be attached to: those beside it, and where others look for what they lack, each that lacks something.

// isOpaque notes a folder of which it cannot be told what it holds.
func (s *shelf) isOpaque(name string, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opaque[name] = why.Error()
}

// doubts names what on a shelf could not be read, in one finding: there can be many, and many images beside them.
func (s *shelf) doubts(subject digest.Digest, about string) (f Finding, doubtful bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.opaque) == 0 {
		return Finding{}, false
	}
	names := slices.Sorted(maps.Keys(s.opaque))
	text := fmt.Sprintf("%s cannot be read, and %s: %s", s.image.Folder(names[0]), about, s.opaque[names[0]])
	if more := len(names) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more)", more)
	}
	return Finding{Problem: Unreadable, Subject: subject, Name: names[0], Message: text}, true
}

// stray notes the attachments that cannot be read and whose subject is not on their shelf: they may be images, whatever
// their tags say.
func (s *shelf) stray() {
	held := s.digests()
	for subject := range s.hooks {
		for _, h := range s.on(subject) {
			if _, stored := s.folders[h.name]; stored && h.condition == unread && !held[subject] {
				s.opaque[h.name] = h.why
			}
		}
	}
}

// ofOpaque adds to the evidence of an image what could not be read beside it, and in the other places where it may have
// something.
func (b *bench) ofOpaque(e *evidence, root digest.Digest) {
	for _, s := range b.views() {
		if f, doubtful := s.doubts(root, "may be attached to this image"); doubtful {
			e.doubt = append(e.doubt, f)
		}
	}
	for _, s := range b.opaque {
		if f, doubtful := s.doubts(root, "may be what this image lacks"); doubtful && s != b.shelf {
			e.elsewhere = append(e.elsewhere, f)
			return
		}
	}
}

// unreadable counts the folders of which it could not be told what they hold, and tells why where no other message
// does.
func (a *audit) unreadable() int {
	seen := map[string]bool{}
	for _, s := range slices.Concat(a.own.sorted(), a.places, a.opaque) {
		for name := range s.opaque {
			seen[s.image.Folder(name)] = true
		}
	}
	return len(seen)
}

// read returns the card of a digest on a shelf. What a folder shows and the registry denies is an error, and not
// absence.
func (s Server) read(ctx context.Context, l *library, on *shelf, d digest.Digest) (c card, found bool, err error) {
	if c, found, err = l.read(ctx, on.image, d); err != nil || found {
		return c, found, err
	}
	names := []string{reference.DigestFolder(d)}
	for _, name := range slices.Sorted(maps.Keys(on.folders)) {
		if on.folders[name].digest == d && name != names[0] {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if err := s.contradicted(ctx, on.image, name); err != nil {
			return card{}, false, err
		}
	}
	return card{}, false, nil
}

// doubting reads manifests, and takes none for absent that its folder shows.
type doubting struct {
	attachment.Reader
	server Server
}

// Manifest reads a tag or a digest.
func (d doubting) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	m, err := d.Reader.Manifest(ctx, image, ref)
	if absent(err) {
		err = cmp.Or(d.server.contradicted(ctx, image, ref), err)
	}
	return m, err
}

// contradicted is an error where the folder of what the registry denies shows a manifest, and where it cannot be looked
// into.
func (s Server) contradicted(ctx context.Context, image reference.Image, name string) error {
	if s.Files == nil {
		return nil
	}
	inside, err := tagfolder.Look(ctx, s.Files, image.Folder(name))
	switch {
	case absent(err), err == nil && !inside.HasManifest():
		return nil
	case err != nil:
		return err
	default:
		return &failure.Failure{Message: "its folder shows a manifest, and the registry does not serve it"}
	}
}
