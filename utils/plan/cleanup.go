package plan

import (
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Cleanup gives the deletes that end a move, in their order: the tag, then the children that no remaining manifest needs, then the
// attachments whose subject is gone with them. The farthest from the root go first, so that a rerun after an interruption still
// finds its way from the root to what is left. tag is empty when the source tag was deleted by an earlier run. Only folders that
// the listing shows are deleted, and none that is the last to hold a manifest which something that stays needs: then the tag itself
// stays (see TagStays).
func Cleanup(g *attachment.Graph, tag string, listing attachment.Listing, rest attachment.Remainder) []Step {
	var steps []Step
	if tag != "" && !TagStays(g, listing, rest) {
		steps = append(steps, Step{Action: DeleteTag, Path: g.Image.Folder(tag), Digest: g.Root})
	}
	for _, d := range backwards(g.ImageDigests()) {
		if folder := reference.DigestFolder(d); !rest.Needed[d] && listing.Has(folder) {
			steps = append(steps, Step{Action: DeleteManifest, Path: g.Image.Folder(folder), Digest: d})
		}
	}
	return once(append(steps, attachments(g, listing, rest)...))
}

// attachments gives the deletes of attachments and fallback tags, wave by wave from the farthest. A fallback tag goes after its
// entries, to which only it may lead, and before its subject.
func attachments(g *attachment.Graph, listing attachment.Listing, rest attachment.Remainder) []Step {
	var steps []Step
	waves := g.Waves()
	for wave := len(waves); wave >= 0; wave-- {
		for _, a := range backwards(g.Attachments) {
			if waves[a.Subject] == wave && mayGo(a, g, listing, rest) {
				steps = append(steps, childrenOf(g, a.Manifest, listing, rest)...)
				steps = append(steps, Step{Action: DeleteAttachment, Path: a.Folder(), Digest: a.Manifest.Digest, Manifest: a.Manifest, Subject: a.Subject})
			}
		}
		for _, f := range g.Fallbacks {
			if waves[f.Subject] == wave && fallbackMayGo(f, g, listing, rest) {
				steps = append(steps, Step{Action: DeleteAttachment, Path: f.Home.Folder(f.Tag()), Digest: f.Manifest.Digest, Manifest: f.Manifest, Subject: f.Subject})
			}
		}
	}
	return steps
}

// once leaves out what is deleted already: a child can be an attachment too, and something attached to two subjects.
func once(steps []Step) []Step {
	known := map[string]bool{}
	return slices.DeleteFunc(steps, func(s Step) bool {
		again := known[s.Path]
		known[s.Path] = true
		return again
	})
}

// TagStays tells whether a move has to leave its source tag behind, because something else that stays needs the image and finds it
// in the folder of this tag only: an index that was made of tags.
func TagStays(g *attachment.Graph, listing attachment.Listing, rest attachment.Remainder) bool {
	return lastHolder(g.Root, listing, rest)
}

// childrenOf gives the deletes of what an attached index lists, the farthest first: only the index leads a rerun to them. What is
// attached itself, and may lead to the index, has its own turn.
func childrenOf(g *attachment.Graph, m manifest.Manifest, listing attachment.Listing, rest attachment.Remainder) []Step {
	var steps []Step
	for _, d := range backwards(g.Below(m.Digest)[1:]) {
		if folder := reference.DigestFolder(d); !rest.Needed[d] && listing.Has(folder) && !isListed(g, d) {
			steps = append(steps, Step{Action: DeleteManifest, Path: g.Image.Folder(folder), Digest: d})
		}
	}
	return steps
}

// isListed tells whether a digest is a referrer, or an entry of a fallback tag.
func isListed(g *attachment.Graph, d digest.Digest) bool {
	return slices.ContainsFunc(g.Attachments, func(a attachment.Attachment) bool {
		return a.Storage != attachment.SuffixTag && a.Home == g.Image && a.Manifest.Digest == d
	})
}

// mayGo tells whether an attachment goes with its subject. What is kept in another image stays: it may serve others.
func mayGo(a attachment.Attachment, g *attachment.Graph, listing attachment.Listing, rest attachment.Remainder) bool {
	switch {
	case a.Home != g.Image || rest.Needed[a.Subject] || !listing.Has(a.Name()):
		return false
	case a.Storage == attachment.SuffixTag:
		return !lastHolder(a.Manifest.Digest, listing, rest)
	default:
		return !rest.Needed[a.Manifest.Digest]
	}
}

func fallbackMayGo(f attachment.FallbackIndex, g *attachment.Graph, listing attachment.Listing, rest attachment.Remainder) bool {
	return f.Home == g.Image && !rest.Needed[f.Subject] && listing.Has(f.Tag()) && !lastHolder(f.Manifest.Digest, listing, rest)
}

// lastHolder tells whether a tag folder that holds d must stay.
func lastHolder(d digest.Digest, listing attachment.Listing, rest attachment.Remainder) bool {
	return rest.Needed[d] && !rest.Held[d] && !listing.Has(reference.DigestFolder(d))
}

func backwards[T any](list []T) []T {
	reversed := slices.Clone(list)
	slices.Reverse(reversed)
	return reversed
}
