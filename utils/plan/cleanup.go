package plan

import (
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Cleanup gives the deletes that end a move, in their order: the tag, then the children that no remaining manifest needs, then the
// attachments whose subject is gone with them. tag is empty when the source tag was deleted by an earlier run. Only folders that
// the listing shows are deleted, and none that is the last to hold a manifest which something that stays needs: then the tag itself
// stays (see TagStays).
func Cleanup(g *attachment.Graph, tag string, listing attachment.Listing, rest attachment.Remainder) []Step {
	var steps []Step
	if tag != "" && !TagStays(g, listing, rest) {
		steps = append(steps, Step{Action: DeleteTag, Path: g.Image.Folder(tag), Digest: g.Root})
	}
	for _, d := range g.ImageDigests() {
		if folder := reference.DigestFolder(d); !rest.Needed[d] && listing.Has(folder) {
			steps = append(steps, Step{Action: DeleteManifest, Path: g.Image.Folder(folder), Digest: d})
		}
	}
	for _, a := range g.Stored(attachment.SuffixTag) {
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
