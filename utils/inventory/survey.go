package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// readsAtOnce bounds the reads on one shelf; the transport bounds those of the whole run.
const readsAtOnce = 8

// survey reads what the search does not explain of a shelf: every index, the entries of fallback tags, and manifests by
// digest that no index lists, which may be attachments. To learn as much with fewer requests, the lists of referrers of
// some subjects come first.
type survey struct {
	server  Server
	library *library
	// wanted reports which subjects matter; nil means all.
	wanted func(digest.Digest) bool
	// skip names manifests of which enough is known already.
	skip map[digest.Digest]bool
	// first returns the subjects whose referrers are asked for before anything is read.
	first func(*shelf) []digest.Digest
}

// all surveys shelves, many at once.
func (v survey) all(ctx context.Context, stage string, shelves []*shelf) error {
	v.server.begin(stage, len(shelves))
	return each(ctx, v.server.Parallel, shelves, func(ctx context.Context, s *shelf) error {
		defer v.server.done()
		return v.shelf(ctx, s)
	})
}

// each works on all items, so many at once, and ends with the first error.
func each[T any](ctx context.Context, limit int, items []T, work func(context.Context, T) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(limit, 1))
	for _, item := range items {
		group.Go(func() error { return work(ctx, item) })
	}
	return group.Wait()
}

func (v survey) shelf(ctx context.Context, s *shelf) error {
	if err := v.digests(ctx, s); err != nil {
		return err
	}
	if err := v.indexes(ctx, s); err != nil {
		return err
	}
	if err := v.lookAlikes(ctx, s); err != nil {
		return err
	}
	v.suffixTags(s)
	if err := v.fallbacks(ctx, s); err != nil {
		return err
	}
	open := v.unexplained(s)
	if len(open) == 0 {
		return nil
	}
	if v.first != nil {
		if err := each(ctx, readsAtOnce, v.first(s), func(ctx context.Context,
			d digest.Digest,
		) error {
			return v.list(ctx, s, d)
		}); err != nil {
			return err
		}
	}
	return each(ctx, readsAtOnce, v.unexplained(s), func(ctx context.Context,
		d digest.Digest,
	) error {
		return v.explain(ctx, s, d)
	})
}

// digests asks for what the search could not tell: very old files have no sha256.
func (v survey) digests(ctx context.Context, s *shelf) error {
	for name, f := range s.folders {
		if f.digest != "" {
			continue
		}
		d, err := v.server.Prober.Resolve(ctx, s.image, name)
		if absent(err) {
			err = cmp.Or(v.server.contradicted(ctx, s.image, name), err)
		}
		switch {
		case err == nil:
			f.digest = d
			s.folders[name] = f
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			delete(s.folders, name)
			if !absent(err) {
				s.isOpaque(name, err)
			}
			s.problem(fmt.Sprintf("%s cannot be read: %v", s.image.Folder(name), err))
		}
	}
	return nil
}

// suffixTags hangs up what the names of folders tell, and images that travel with others too. Whether it is what its
// name says is looked at later. A tag that is named after itself is attached to nothing.
func (v survey) suffixTags(s *shelf) {
	for name, f := range s.folders {
		t, ok := reference.ParseSuffixTag(name)
		if !ok || !v.wants(t.Subject) || attachment.NamesItself(name, f.digest) {
			continue
		}
		kind := attachment.KindOfTag(name)
		if s.images[name] {
			kind = attachment.KindOther
		}
		s.hang(t.Subject, hanging{
			name: name, digest: f.digest, storage: attachment.SuffixTag, kind: kind,
			signature: kind == attachment.KindSignature,
		})
	}
}

func (v survey) wants(subject digest.Digest) bool { return v.wanted == nil || v.wanted(subject) }

// indexes reads every index but fallback tags that do not matter.
func (v survey) indexes(ctx context.Context, s *shelf) error {
	var open []digest.Digest
	for name, f := range s.folders {
		if subject, isFallback := subjectOf(name); f.list && (!isFallback || v.wants(subject)) && !slices.Contains(open,
			f.digest) {
			open = append(open, f.digest)
		}
	}
	return each(ctx, readsAtOnce, open, func(ctx context.Context, d digest.Digest) error {
		_, found, err := v.read(ctx, s, d)
		return v.tolerate(ctx, s, d, found, err)
	})
}

func (v survey) read(ctx context.Context, s *shelf, d digest.Digest) (card, bool, error) {
	return v.server.read(ctx, v.library, s, d)
}

// tolerate notes on the shelf that a manifest cannot be read, or is gone since the search; only the end of the run is
// an error. Where more depends on it, the folder is opaque as well.
func (v survey) tolerate(ctx context.Context, s *shelf, d digest.Digest, found bool, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.problem(fmt.Sprintf("%s@%s cannot be read: %v", s.image, d, err))
	case !found:
		s.problem(fmt.Sprintf("%s@%s was found by the search and is not there", s.image, d))
	}
	return nil
}

// subjectOf reads a fallback tag. One of a digest that is no sha256 names its subject only in part; it is left alone.
func subjectOf(name string) (digest.Digest, bool) {
	if !reference.IsFallbackTag(name) || name[:len("sha256-")] != "sha256-" {
		return "", false
	}
	return digest.NewDigestFromEncoded(digest.SHA256, name[len("sha256-"):]), true
}

// fallbacks reads the entries of fallback tags, each of them: what a client wrote into the index proves nothing.
func (v survey) fallbacks(ctx context.Context, s *shelf) error {
	for _, name := range slices.Sorted(maps.Keys(s.folders)) {
		subject, ok := subjectOf(name)
		if !ok || !v.wants(subject) {
			continue
		}
		index, known := v.library.known(s.folders[name].digest)
		if !known && s.folders[name].list {
			s.hang(subject, hanging{
				name: name, storage: attachment.Fallback, kind: attachment.KindOther, condition: unread,
				why: "the fallback tag cannot be read",
			})
		}
		if !known || s.images[name] {
			continue
		}
		err := each(ctx, readsAtOnce, index.children, func(ctx context.Context,
			c child,
		) error {
			return v.entry(ctx, s, subject, c.digest)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (v survey) entry(ctx context.Context, s *shelf, subject, d digest.Digest) error {
	c, found, err := v.read(ctx, s, d)
	h := hanging{
		name: reference.DigestFolder(d), digest: d, storage: attachment.Fallback, kind: c.kind,
		signature: c.signature,
	}
	root, _ := v.library.known(subject)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		h.condition, h.kind, h.why = unread, attachment.KindOther, err.Error()
	case !found:
		h.condition, h.kind, h.why = dangling, attachment.KindOther, "the fallback tag lists it, but it is not there"
	case c.subject != subject && (c.subject != "" || root.lists(d)):
		return nil
	}
	s.hang(subject, h)
	return nil
}

// unexplained returns the digests of folders that no tag, index or attachment accounts for, sorted.
func (v survey) unexplained(s *shelf) []digest.Digest {
	known := map[digest.Digest]bool{}
	for name, f := range s.folders {
		if _, byDigest := reference.ParseDigestFolder(name); !byDigest && !f.list {
			known[f.digest] = true
		}
		if c, read := v.library.known(f.digest); read && f.list {
			for _, one := range c.children {
				known[one.digest] = true
			}
		}
	}
	s.mu.Lock()
	for _, hooks := range s.hooks {
		for _, h := range hooks {
			known[h.digest] = true
		}
	}
	s.mu.Unlock()
	var open []digest.Digest
	for name, f := range s.folders {
		if _, byDigest := reference.ParseDigestFolder(name); byDigest && !known[f.digest] && !v.skip[f.digest] {
			open = append(open, f.digest)
		}
	}
	slices.Sort(open)
	return open
}

// list asks for the referrers of a subject, once.
func (v survey) list(ctx context.Context, s *shelf, subject digest.Digest) error {
	s.mu.Lock()
	asked := s.listed[subject] || !s.supported
	s.listed[subject] = true
	s.mu.Unlock()
	if asked {
		return nil
	}
	entries, supported, err := v.server.Reader.Referrers(ctx, s.image, subject)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.hang(subject, hanging{
			name: referrersList, storage: attachment.Referrer, kind: attachment.KindOther,
			condition: unread, why: "the list of referrers cannot be read: " + err.Error(),
		})
		return nil
	case !supported:
		s.mu.Lock()
		defer s.mu.Unlock()
		s.supported = false
		return nil
	}
	for _, e := range entries {
		if err := v.listedEntry(ctx, s, subject, e); err != nil {
			return err
		}
	}
	return nil
}

// listedEntry hangs up an entry of the referrers API, and reads its manifest only where the entry does not say enough.
func (v survey) listedEntry(ctx context.Context, s *shelf, subject digest.Digest, e ocispec.Descriptor) error {
	h := hanging{name: reference.DigestFolder(e.Digest), digest: e.Digest, storage: attachment.Referrer}
	kind, signature, sure := attachment.FromEntry(e)
	_, seen := s.folders[h.name]
	if sure && seen {
		h.kind, h.signature = kind, signature
		s.hang(subject, h)
		return nil
	}
	c, found, err := v.read(ctx, s, e.Digest)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		h.condition, h.kind, h.why = unread, kind, err.Error()
	case !found:
		h.condition, h.kind, h.why = dangling, kind, "the registry lists it, but it is not there"
	case c.subject != subject:
		return nil
	default:
		h.kind, h.signature = c.kind, c.signature
	}
	s.hang(subject, h)
	return nil
}

// explain reads a manifest of which nothing is known. One with a subject counts only if the registry lists it there.
func (v survey) explain(ctx context.Context, s *shelf, d digest.Digest) error {
	c, found, err := v.read(ctx, s, d)
	if err != nil || !found {
		if err != nil {
			s.isOpaque(reference.DigestFolder(d), err)
		}
		return v.tolerate(ctx, s, d, found, err)
	}
	if c.subject == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.untagged = append(s.untagged, d)
		return nil
	}
	if !v.wants(c.subject) {
		return nil
	}
	if err := v.list(ctx, s, c.subject); err != nil {
		return err
	}
	h := hanging{
		name: reference.DigestFolder(d), digest: d, storage: attachment.Referrer, kind: c.kind, signature: c.signature,
		condition: unlisted, why: "it names its subject, but the registry lists it nowhere",
	}
	if why, doubtful := s.listDoubtful(c.subject); doubtful {
		h.condition, h.why = unread, why
	}
	s.hang(c.subject, h)
	return nil
}

// absent reports whether an error says for certain that something is not there.
func absent(err error) bool { return errors.Is(err, failure.ErrNotFound) }
