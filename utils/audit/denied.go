package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// dropDenied takes out of the observation what is not to come back: what the image's folder denies, and what is in a
// quarantine. What cannot be told is doubt.
func (a *imageAudit) dropDenied(ctx context.Context, o *observation) error {
	if a.Properties == nil || len(o.missingHere) == 0 && !slices.ContainsFunc(o.damage,
		func(f Finding) bool { return f.Unlisted }) {
		return nil
	}
	denied, err := a.marks.Denied(ctx, a.index.Image)
	if err != nil {
		return a.doubt(ctx, o, err)
	}
	o.damage = slices.DeleteFunc(o.damage, func(f Finding) bool { return f.Unlisted && denied[digest.Digest(f.Name)] })
	var left []missingHere
	for _, l := range o.missingHere {
		kept := l
		kept.in, kept.digests = nil, nil
		for i, image := range l.in {
			quarantined, err := a.marks.Quarantined(ctx, image.Folder(l.name))
			if err != nil {
				return a.doubt(ctx, o, err)
			}
			comes, err := a.mayCome(ctx, denied, l, i)
			if err != nil {
				return a.doubt(ctx, o, err)
			}
			if !quarantined && comes {
				kept.in, kept.digests = append(kept.in, image), append(kept.digests, l.digests[i])
			}
		}
		if len(kept.in) > 0 {
			left = append(left, kept)
		}
	}
	o.missingHere = left
	return nil
}

// mayCome reports whether a repair would bring one of the copies of an attachment: of a record the entries that are not
// denied, of everything else nothing as soon as a part of it is.
func (a *imageAudit) mayCome(ctx context.Context, denied map[digest.Digest]bool, l missingHere, i int) (bool, error) {
	if len(denied) == 0 || denied[l.digests[i]] {
		return len(denied) == 0, nil
	}
	info, found, err := a.manifests.Read(ctx, l.in[i], l.digests[i])
	if err != nil || !found {
		return true, err
	}
	entries := slices.DeleteFunc(slices.Clone(info.Blobs),
		func(blob ocispec.Descriptor) bool { return blob.Digest == info.Config })
	isDenied := func(blob ocispec.Descriptor) bool { return denied[blob.Digest] }
	isFree := func(blob ocispec.Descriptor) bool { return !denied[blob.Digest] }
	if info.IsRecord && attachment.KindOfTag(l.name) != attachment.KindOther {
		return len(entries) == 0 || slices.ContainsFunc(entries, isFree), nil
	}
	return !slices.ContainsFunc(entries, isDenied), nil
}

func (a *imageAudit) doubt(ctx context.Context, o *observation, err error) error {
	o.doubt = append(o.doubt, Finding{
		Problem: Unreadable, Subject: o.digests[0],
		Message: fmt.Sprintf("whether what it lacks was taken away on purpose cannot be told: %v", err),
	})
	return ctx.Err()
}

// isQuarantine reports whether an image path is one of a quarantine by its layout, "<repo>/<image>", which prune makes.
func (a *audit) isQuarantine(image reference.Image) bool {
	first, _, below := strings.Cut(image.Path, "/")
	return below && image.Repo != first && (first == a.Repo || slices.Contains(a.Sources, first))
}
