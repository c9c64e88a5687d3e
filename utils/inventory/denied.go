package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// sieve takes out of the evidence what is not to come back: what the image's folder denies, and what is in a
// quarantine. What cannot be told is doubt.
func (b *bench) sieve(ctx context.Context, e *evidence) error {
	if b.Properties == nil || len(e.left) == 0 && !slices.ContainsFunc(e.damage,
		func(f Finding) bool { return f.Unlisted }) {
		return nil
	}
	denied, err := b.marks.denied(ctx, b.shelf.image)
	if err != nil {
		return b.doubt(ctx, e, err)
	}
	e.damage = slices.DeleteFunc(e.damage, func(f Finding) bool { return f.Unlisted && denied[digest.Digest(f.Name)] })
	var left []leftBehind
	for _, l := range e.left {
		kept := l
		kept.in, kept.digests = nil, nil
		for i, image := range l.in {
			quarantined, err := b.marks.quarantined(ctx, image.Folder(l.name))
			if err != nil {
				return b.doubt(ctx, e, err)
			}
			comes, err := b.comes(ctx, denied, l, i)
			if err != nil {
				return b.doubt(ctx, e, err)
			}
			if !quarantined && comes {
				kept.in, kept.digests = append(kept.in, image), append(kept.digests, l.digests[i])
			}
		}
		if len(kept.in) > 0 {
			left = append(left, kept)
		}
	}
	e.left = left
	return nil
}

// comes reports whether a repair would bring one of the copies of an attachment: of a record the entries that are not
// denied, of everything else nothing as soon as a part of it is.
func (b *bench) comes(ctx context.Context, denied map[digest.Digest]bool, l leftBehind, i int) (bool, error) {
	if len(denied) == 0 || denied[l.digests[i]] {
		return len(denied) == 0, nil
	}
	c, found, err := b.library.read(ctx, l.in[i], l.digests[i])
	if err != nil || !found {
		return true, err
	}
	entries := slices.DeleteFunc(slices.Clone(c.blobs),
		func(blob ocispec.Descriptor) bool { return blob.Digest == c.config })
	isDenied := func(blob ocispec.Descriptor) bool { return denied[blob.Digest] }
	isFree := func(blob ocispec.Descriptor) bool { return !denied[blob.Digest] }
	if c.record && attachment.KindOfTag(l.name) != attachment.KindOther {
		return len(entries) == 0 || slices.ContainsFunc(entries, isFree), nil
	}
	return !slices.ContainsFunc(entries, isDenied), nil
}

func (b *bench) doubt(ctx context.Context, e *evidence, err error) error {
	e.doubt = append(e.doubt, Finding{
		Problem: Unreadable, Subject: e.digests[0],
		Message: fmt.Sprintf("whether what it lacks was taken away on purpose cannot be told: %v", err),
	})
	return ctx.Err()
}

// marks reads the properties by which somebody says that an attachment is not to be brought, each folder once.
type marks struct {
	reader PropertyReader
	mu     sync.Mutex
	known  map[string]map[string][]string
}

func newMarks(reader PropertyReader) *marks {
	return &marks{reader: reader, known: map[string]map[string][]string{}}
}

func (m *marks) of(ctx context.Context, folder string) (map[string][]string, error) {
	m.mu.Lock()
	properties, known := m.known[folder]
	m.mu.Unlock()
	if known || m.reader == nil {
		return properties, nil
	}
	properties, err := m.reader.Properties(ctx, folder)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.known[folder] = properties
	return properties, nil
}

// denied returns the digests that an image is not to have again.
func (m *marks) denied(ctx context.Context, image reference.Image) (map[digest.Digest]bool, error) {
	properties, err := m.of(ctx, image.String())
	all := map[digest.Digest]bool{}
	for _, value := range properties[DeniedProperty] {
		all[digest.Digest(strings.TrimSpace(value))] = true
	}
	return all, err
}

// quarantined reports whether prune moved a folder to where it is. One that was brought back from there is not in
// quarantine, though a copy carries the mark along.
func (m *marks) quarantined(ctx context.Context, folder string) (bool, error) {
	properties, err := m.of(ctx, folder)
	return slices.ContainsFunc(properties[QuarantinedProperty], func(value string) bool {
		_, from, _ := strings.Cut(value, " ")
		return from != folder
	}), err
}

// isQuarantine reports whether an image path is one of a quarantine by its layout, "<repo>/<image>", which prune makes.
func (a *audit) isQuarantine(image reference.Image) bool {
	first, _, below := strings.Cut(image.Path, "/")
	return below && image.Repo != first && (first == a.Repo || slices.Contains(a.Sources, first))
}
