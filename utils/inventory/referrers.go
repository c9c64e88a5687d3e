package inventory

import (
	"context"
	"maps"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// fallbacks reads the entries of fallback tags, each of them: what a client wrote into the index proves nothing.
func (v Discovery) fallbacks(ctx context.Context, index *ImageIndex) error {
	for _, name := range slices.Sorted(maps.Keys(index.Folders)) {
		subject, ok := reference.FallbackSubject(name)
		if !ok || !v.wants(subject) {
			continue
		}
		list, known := v.Manifests.Known(index.Folders[name].Digest)
		if !known && index.Folders[name].List {
			index.add(subject, Attached{
				Name: name, Storage: attachment.Fallback, Kind: attachment.KindOther, Condition: Doubtful,
				Why: "the fallback tag cannot be read",
			})
		}
		if !known || index.imageTags[name] {
			continue
		}
		err := parallel.Each(ctx, ReadsAtOnce, list.Children, func(ctx context.Context,
			c Child,
		) error {
			return v.entry(ctx, index, subject, c.Digest)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (v Discovery) entry(ctx context.Context, index *ImageIndex, subject, d digest.Digest) error {
	info, found, err := v.read(ctx, index, d)
	h := Attached{
		Name: reference.DigestFolder(d), Digest: d, Storage: attachment.Fallback, Kind: info.Kind,
		Signature: info.signature,
	}
	root, _ := v.Manifests.Known(subject)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		h.Condition, h.Kind, h.Why = Doubtful, attachment.KindOther, err.Error()
	case !found:
		h.Condition, h.Kind, h.Why = Dangling, attachment.KindOther, "the fallback tag lists it, but it is not there"
	case info.Subject != subject && (info.Subject != "" || root.lists(d)):
		return nil
	}
	index.add(subject, h)
	return nil
}

// List asks for the referrers of a subject, once.
func (v Discovery) List(ctx context.Context, index *ImageIndex, subject digest.Digest) error {
	index.mu.Lock()
	asked := index.listed[subject] || !index.supported
	index.listed[subject] = true
	index.mu.Unlock()
	if asked {
		return nil
	}
	entries, supported, err := v.Server.Reader.Referrers(ctx, index.Image, subject)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		index.add(subject, Attached{
			Name: referrersList, Storage: attachment.Referrer, Kind: attachment.KindOther,
			Condition: Doubtful, Why: "the list of referrers cannot be read: " + err.Error(),
		})
		return nil
	case !supported:
		index.mu.Lock()
		defer index.mu.Unlock()
		index.supported = false
		return nil
	}
	for _, e := range entries {
		if err := v.listedEntry(ctx, index, subject, e); err != nil {
			return err
		}
	}
	return nil
}

// listedEntry adds an entry of the referrers API, and reads its manifest only where the entry does not say enough.
func (v Discovery) listedEntry(ctx context.Context, index *ImageIndex, subject digest.Digest, e ocispec.Descriptor) error {
	h := Attached{Name: reference.DigestFolder(e.Digest), Digest: e.Digest, Storage: attachment.Referrer}
	kind, signature, sure := attachment.FromEntry(e)
	_, seen := index.Folders[h.Name]
	if sure && seen {
		h.Kind, h.Signature = kind, signature
		index.add(subject, h)
		return nil
	}
	info, found, err := v.read(ctx, index, e.Digest)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		h.Condition, h.Kind, h.Why = Doubtful, kind, err.Error()
	case !found:
		h.Condition, h.Kind, h.Why = Dangling, kind, "the registry lists it, but it is not there"
	case info.Subject != subject:
		return nil
	default:
		h.Kind, h.Signature = info.Kind, info.signature
	}
	index.add(subject, h)
	return nil
}
