package inventory

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// ReadsAtOnce bounds the reads in one image; the transport bounds those of the whole run.
const ReadsAtOnce = 8

// Discovery reads what the search does not explain of an image: every index, the entries of fallback tags, and
// manifests by digest that no index lists, which may be attachments. To learn as much with fewer requests, the lists of
// referrers of some subjects come first.
type Discovery struct {
	Server    Server
	Manifests *ManifestCache
	// Wanted reports which subjects matter; nil means all.
	Wanted func(digest.Digest) bool
	// Skip names manifests of which enough is known already.
	Skip map[digest.Digest]bool
	// First returns the subjects whose referrers are asked for before anything is read.
	First func(*ImageIndex) []digest.Digest
}

// All surveys images, many at once.
func (v Discovery) All(ctx context.Context, stage string, indexes []*ImageIndex) error {
	v.Server.Begin(stage, len(indexes))
	return parallel.Each(ctx, v.Server.Parallel, indexes, func(ctx context.Context, index *ImageIndex) error {
		defer v.Server.Done()
		return v.image(ctx, index)
	})
}

func (v Discovery) image(ctx context.Context, index *ImageIndex) error {
	if err := v.ResolveDigests(ctx, index); err != nil {
		return err
	}
	if err := v.indexes(ctx, index); err != nil {
		return err
	}
	if err := v.lookAlikes(ctx, index); err != nil {
		return err
	}
	v.suffixTags(index)
	if err := v.fallbacks(ctx, index); err != nil {
		return err
	}
	open := v.unexplained(index)
	if len(open) == 0 {
		return nil
	}
	if v.First != nil {
		if err := parallel.Each(ctx, ReadsAtOnce, v.First(index), func(ctx context.Context,
			d digest.Digest,
		) error {
			return v.List(ctx, index, d)
		}); err != nil {
			return err
		}
	}
	return parallel.Each(ctx, ReadsAtOnce, v.unexplained(index), func(ctx context.Context,
		d digest.Digest,
	) error {
		return v.explain(ctx, index, d)
	})
}

// ResolveDigests asks for what the search could not tell: very old files have no sha256.
func (v Discovery) ResolveDigests(ctx context.Context, index *ImageIndex) error {
	for name, f := range index.Folders {
		if f.Digest != "" {
			continue
		}
		d, err := v.Server.Prober.Resolve(ctx, index.Image, name)
		if Absent(err) {
			err = cmp.Or(v.Server.Contradicted(ctx, index.Image, name), err)
		}
		switch {
		case err == nil:
			f.Digest = d
			index.Folders[name] = f
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			delete(index.Folders, name)
			if !Absent(err) {
				index.markOpaque(name, err)
			}
			index.AddProblem(fmt.Sprintf("%s cannot be read: %v", index.Image.Folder(name), err))
		}
	}
	return nil
}

// suffixTags adds what the names of folders tell, and images that travel with others too. Whether it is what its
// name says is looked at later. A tag that is named after itself is attached to nothing.
func (v Discovery) suffixTags(index *ImageIndex) {
	for name, f := range index.Folders {
		t, ok := reference.ParseSuffixTag(name)
		if !ok || !v.wants(t.Subject) || attachment.NamesItself(name, f.Digest) {
			continue
		}
		kind := attachment.KindOfTag(name)
		if index.imageTags[name] {
			kind = attachment.KindOther
		}
		index.add(t.Subject, Attached{
			Name: name, Digest: f.Digest, Storage: attachment.SuffixTag, Kind: kind,
			Signature: kind == attachment.KindSignature,
		})
	}
}

func (v Discovery) wants(subject digest.Digest) bool { return v.Wanted == nil || v.Wanted(subject) }

// indexes reads every index but fallback tags that do not matter.
func (v Discovery) indexes(ctx context.Context, index *ImageIndex) error {
	var open []digest.Digest
	for name, f := range index.Folders {
		subject, isFallback := reference.FallbackSubject(name)
		if f.List && (!isFallback || v.wants(subject)) && !slices.Contains(open, f.Digest) {
			open = append(open, f.Digest)
		}
	}
	return parallel.Each(ctx, ReadsAtOnce, open, func(ctx context.Context, d digest.Digest) error {
		_, found, err := v.read(ctx, index, d)
		return v.Tolerate(ctx, index, d, found, err)
	})
}

func (v Discovery) read(ctx context.Context, index *ImageIndex, d digest.Digest) (ManifestInfo, bool, error) {
	return v.Server.Read(ctx, v.Manifests, index, d)
}

// Tolerate notes in the image that a manifest cannot be read, or is gone since the search; only the end of the run is
// an error. Where more depends on it, the folder is opaque as well.
func (v Discovery) Tolerate(ctx context.Context, index *ImageIndex, d digest.Digest, found bool, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		index.AddProblem(fmt.Sprintf("%s@%s cannot be read: %v", index.Image, d, err))
	case !found:
		index.AddProblem(fmt.Sprintf("%s@%s was found by the search and is not there", index.Image, d))
	}
	return nil
}

// unexplained returns the digests of folders that no tag, index or attachment accounts for, sorted.
func (v Discovery) unexplained(index *ImageIndex) []digest.Digest {
	known := map[digest.Digest]bool{}
	for name, f := range index.Folders {
		if _, byDigest := reference.ParseDigestFolder(name); !byDigest && !f.List {
			known[f.Digest] = true
		}
		if info, read := v.Manifests.Known(f.Digest); read && f.List {
			for _, one := range info.Children {
				known[one.Digest] = true
			}
		}
	}
	index.mu.Lock()
	for _, attached := range index.bySubject {
		for _, h := range attached {
			known[h.Digest] = true
		}
	}
	index.mu.Unlock()
	var open []digest.Digest
	for name, f := range index.Folders {
		if _, byDigest := reference.ParseDigestFolder(name); byDigest && !known[f.Digest] && !v.Skip[f.Digest] {
			open = append(open, f.Digest)
		}
	}
	slices.Sort(open)
	return open
}

// explain reads a manifest of which nothing is known. One with a subject counts only if the registry lists it there.
func (v Discovery) explain(ctx context.Context, index *ImageIndex, d digest.Digest) error {
	info, found, err := v.read(ctx, index, d)
	if err != nil || !found {
		if err != nil {
			index.markOpaque(reference.DigestFolder(d), err)
		}
		return v.Tolerate(ctx, index, d, found, err)
	}
	if info.Subject == "" {
		index.mu.Lock()
		defer index.mu.Unlock()
		index.Untagged = append(index.Untagged, d)
		return nil
	}
	if !v.wants(info.Subject) {
		return nil
	}
	if err := v.List(ctx, index, info.Subject); err != nil {
		return err
	}
	h := Attached{
		Name: reference.DigestFolder(d), Digest: d, Storage: attachment.Referrer, Kind: info.Kind, Signature: info.signature,
		Condition: Unlisted, Why: "it names its subject, but the registry lists it nowhere",
	}
	if why, doubtful := index.listDoubtful(info.Subject); doubtful {
		h.Condition, h.Why = Doubtful, why
	}
	index.add(info.Subject, h)
	return nil
}

// Absent reports whether an error says for certain that something is not there.
func Absent(err error) bool { return errors.Is(err, failure.ErrNotFound) }
