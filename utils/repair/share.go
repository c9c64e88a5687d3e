package repair

import (
	"context"
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/merge"
)

// denial says of digests why they must not come, empty for those that may.
type denial func(d digest.Digest) (why string)

// denials joins what --not names and what a property on the image's folder names.
func (f *imageFilter) denials(ctx context.Context) (denial, error) {
	denied, err := f.marks.Denied(ctx, f.graph.Image)
	if err != nil {
		return nil, fmt.Errorf("the properties of %s: %w", f.graph.Image, err)
	}
	not := map[digest.Digest]bool{}
	for _, d := range f.Not {
		not[d] = true
	}
	return func(d digest.Digest) string {
		switch {
		case not[d]:
			return "--not names it"
		case denied[d]:
			return "the property " + inventory.DeniedProperty + " of the image's folder names it"
		default:
			return ""
		}
	}, nil
}

// share returns as much of an attachment as may come: of a record each entry that nothing denies and that, with a
// policy, verifies by it. only is said of a record that comes in part.
func (f *imageFilter) share(ctx context.Context, a attachment.Attachment,
	denies denial,
) (brought *attachment.Attachment, why, only string, err error) {
	layers := a.Manifest.Content.Layers
	isRecord := a.Storage == attachment.SuffixTag && attachment.IsRecord(a.Kind, a.Manifest)
	free := make([]bool, len(layers))
	left, denied := 0, denies(a.Manifest.Digest)
	for i, layer := range layers {
		reason := denies(layer.Digest)
		if free[i] = reason == ""; free[i] {
			left++
		} else {
			denied = reason
		}
	}
	switch {
	case denies(a.Manifest.Digest) != "", denied != "" && (!isRecord || left == 0):
		return nil, denied, "", nil
	case f.Entries == nil && left == len(layers):
		return &a, "", "", nil
	case f.Entries == nil:
		return f.part(ctx, a, func(i int) bool { return free[i] }, fmt.Sprintf("%d of %d entries, of the rest: %s", left,
			len(layers), denied))
	}
	return f.verified(ctx, a, func(i int) bool { return i >= len(free) || free[i] }, denied)
}

// verified returns as much of an attachment as verifies by the policy, of what is free to come.
func (f *imageFilter) verified(ctx context.Context, a attachment.Attachment, free func(i int) bool,
	denied string,
) (brought *attachment.Attachment, why, only string, err error) {
	entries, err := f.Entries.Verified(ctx, f.at, f.graph, a)
	if err != nil {
		return nil, "", "", err
	}
	good, verifying := 0, 0
	for i, verified := range entries {
		if verified {
			verifying++
		}
		if verified && free(i) {
			good++
		}
	}
	switch {
	case good == 0 && verifying > 0:
		return nil, "of all in it that verifies by the policy: " + denied, "", nil
	case good == 0:
		return nil, "nothing in it verifies by the policy", "", nil
	case good == len(entries):
		return &a, "", "", nil
	}
	only = fmt.Sprintf("%d of %d entries verify", verifying, len(entries))
	if good < verifying {
		only += fmt.Sprintf(", %d of them may come, of the rest: %s", good, denied)
	}
	return f.part(ctx, a, func(i int) bool { return i < len(entries) && entries[i] && free(i) }, only)
}

// part returns a record with some of its entries.
func (f *imageFilter) part(ctx context.Context, a attachment.Attachment, keep func(i int) bool,
	only string,
) (*attachment.Attachment, string, string, error) {
	config, err := f.Configs.Config(ctx, a)
	if err != nil {
		return nil, "", "", err
	}
	some, err := merge.Some(a.Manifest, config, keep)
	if err != nil {
		return nil, "some of it must not come, and it cannot be taken apart", "", nil //nolint:nilerr // an answer
	}
	a.Manifest, a.Config = some.Manifest, some.Config
	return &a, "", only, nil
}
