package prune

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Keeper reports a repository's retention. known is false when the user may not see it, as one who is no administrator.
type Keeper interface {
	Retention(ctx context.Context, repo string) (r reference.Retention, known bool, err error)
}

// retention warns of settings that remove signatures.
func (p *prune) retention(ctx context.Context) error {
	r, known, err := p.Keeper.Retention(ctx, p.Repo)
	if err != nil {
		return err
	}
	if !known {
		p.warn("the retention of %s is shown to administrators only, so it cannot be told whether it removes signatures",
			p.Repo)
	}
	if r.TagRetention > 1 {
		p.warn("%s keeps %d revisions of a tag (dockerTagRetention), by digest, as referrers are kept: nobody documents that the clean-up of revisions spares those", p.Repo, r.TagRetention)
	}
	if r.MaxUniqueTags == 0 {
		return nil
	}
	for _, index := range p.own.Sorted() {
		if text := evicted(index, r.MaxUniqueTags); text != "" {
			p.warn("%s", text)
		}
	}
	return nil
}

// evicted reports which attachments of an image the next push removes, since the oldest tags go first and every tag
// counts (contract eviction); empty if it removes none.
func evicted(index *inventory.ImageIndex, limit int) string {
	var tags []string
	attached := 0
	for _, name := range slices.Sorted(maps.Keys(index.Folders)) {
		if _, byDigest := reference.ParseDigestFolder(name); byDigest {
			continue
		}
		tags = append(tags, name)
		if _, ok := attachment.Named(name); ok {
			attached++
		}
	}
	if attached == 0 || len(tags) < limit {
		return ""
	}
	slices.SortStableFunc(tags, func(a, b string) int {
		return cmp.Or(index.Folders[a].Changed.Compare(index.Folders[b].Changed), cmp.Compare(a, b))
	})
	var next []string
	for _, name := range tags[:len(tags)-limit+1] {
		if _, ok := attachment.Named(name); ok {
			next = append(next, name)
		}
	}
	text := fmt.Sprintf("%s has %d tags, %d of them attachments, and maxUniqueTags is %d", index.Image, len(tags), attached,
		limit)
	if len(next) == 0 {
		return text + ": later pushes will remove attachments"
	}
	return fmt.Sprintf("%s: the next push may remove %d of them, first %s", text, len(next), next[0])
}
