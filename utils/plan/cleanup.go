package plan

import (
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
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
	for _, a := range backwards(byDistance(g)) {
		if !rest.Needed[a.Subject] && listing.Has(a.Tag) && !lastHolder(a.Manifest.Digest, listing, rest) {
			steps = append(steps, Step{Action: DeleteAttachment, Path: g.Image.Folder(a.Tag), Digest: a.Manifest.Digest, Manifest: a.Manifest})
		}
	}
	return steps
}

// TagStays tells whether a move has to leave its source tag behind, because something else that stays needs the image and finds it
// in the folder of this tag only: an index that was made of tags.
func TagStays(g *attachment.Graph, listing attachment.Listing, rest attachment.Remainder) bool {
	return lastHolder(g.Root, listing, rest)
}

// lastHolder tells whether a tag folder that holds d must stay.
func lastHolder(d digest.Digest, listing attachment.Listing, rest attachment.Remainder) bool {
	return rest.Needed[d] && !rest.Held[d] && !listing.Has(reference.DigestFolder(d))
}

// byDistance gives the records behind suffix tags, those on the image before those on them, and so on.
func byDistance(g *attachment.Graph) []attachment.Attachment {
	var ordered []attachment.Attachment
	reached := map[digest.Digest]bool{}
	for _, d := range g.ImageDigests() {
		reached[d] = true
	}
	left := g.Stored(attachment.SuffixTag)
	for n := -1; n < len(ordered); {
		n = len(ordered)
		far := left[:0:0]
		for _, a := range left {
			if reached[a.Subject] {
				ordered = append(ordered, a)
			} else {
				far = append(far, a)
			}
		}
		for _, a := range ordered[n:] {
			reached[a.Manifest.Digest] = true
		}
		left = far
	}
	// The rest hangs on referrers.
	return append(ordered, left...)
}

func backwards[T any](list []T) []T {
	reversed := slices.Clone(list)
	slices.Reverse(reversed)
	return reversed
}
