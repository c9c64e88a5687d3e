package plan

import (
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Cleanup returns the deletes that end a move, in their order: the tag, then the children that no remaining manifest
// needs, then the attachments whose subject is gone with them. The farthest from the root go first, so that a rerun
// after an interruption still finds its way from the root to what is left. tag is empty when the source tag was deleted
// by an earlier run. Only folders that the listing shows are deleted, and none that is the last to hold a manifest
// which something that stays needs: then the tag itself stays (see TagStays).
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

// attachments returns the deletes of attachments and fallback tags, wave by wave from the farthest. A fallback tag goes
// after its entries, to which only it may lead, and before its subject.
func attachments(g *attachment.Graph, listing attachment.Listing, rest attachment.Remainder) []Step {
	var steps []Step
	waves := g.Waves()
	for wave := len(waves); wave >= 0; wave-- {
		for _, a := range backwards(g.Attachments) {
			if waves[a.Subject] == wave && mayGo(a, g, listing, rest) {
				steps = append(steps, childrenOf(g, a.Manifest, listing, rest)...)
				steps = append(steps, Step{
					Action: DeleteAttachment, Path: a.Folder(), Digest: a.Manifest.Digest,
					Manifest: a.Manifest, Subject: a.Subject,
				})
			}
			if waves[a.Subject] == wave {
				steps = append(steps, tagsOf(a, g, listing, rest)...)
			}
		}
		for _, f := range g.Fallbacks {
			if waves[f.Subject] == wave && fallbackMayGo(f, g, listing, rest) {
				steps = append(steps, Step{
					Action: DeleteAttachment, Path: f.Home.Folder(f.Tag()), Digest: f.Manifest.Digest,
					Manifest: f.Manifest, Subject: f.Subject,
				})
			}
		}
	}
	return steps
}

// tagsOf returns the deletes of the tags of its own that a referrer has.
func tagsOf(a attachment.Attachment, g *attachment.Graph, listing attachment.Listing,
	rest attachment.Remainder,
) []Step {
	var steps []Step
	for _, tag := range slices.Sorted(maps.Keys(g.Tags)) {
		mine := g.Tags[tag] == a.Manifest.Digest && a.Home == g.Image && a.Storage != attachment.SuffixTag
		if mine && listing.Has(tag) && !rest.Needed[a.Subject] && !lastHolder(a.Manifest.Digest, listing, rest) {
			steps = append(steps, Step{
				Action: DeleteAttachment, Path: g.Image.Folder(tag), Digest: a.Manifest.Digest,
				Manifest: a.Manifest, Subject: a.Subject,
			})
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

// TagStays reports whether a move has to leave its source tag behind, because something else that stays needs the image
// and finds it in the folder of this tag only: an index that was made of tags.
func TagStays(g *attachment.Graph, listing attachment.Listing, rest attachment.Remainder) bool {
	return lastHolder(g.Root, listing, rest)
}

// Stay is a folder of the source's image that a move leaves there, and the folders that need what it holds.
type Stay struct {
	Path   string
	Digest digest.Digest
	By     []string
	// Reason reports why, where nothing else in the image is the cause.
	Reason string
}

// Stays names what Cleanup leaves of an image, because something that stays needs it, in the order of the paths.
func Stays(g *attachment.Graph, tag string, listing attachment.Listing, rest attachment.Remainder) []Stay {
	goes := map[string]bool{}
	for _, step := range Cleanup(g, tag, listing, rest) {
		goes[step.Path] = true
	}
	held := map[string]Stay{}
	stays := func(name string, d, needed digest.Digest) {
		path := g.Image.Folder(name)
		if by := rest.By[needed]; !goes[path] && listing.Has(name) && len(by) > 0 {
			held[path] = Stay{Path: path, Digest: d, By: by}
		}
	}
	for _, d := range g.ImageDigests() {
		stays(reference.DigestFolder(d), d, d)
	}
	for _, a := range g.Attachments {
		if a.Home == g.Image {
			stays(a.Name(), a.Manifest.Digest, a.Manifest.Digest)
		}
	}
	for _, f := range g.Fallbacks {
		if f.Home == g.Image {
			stays(f.Tag(), f.Manifest.Digest, f.Subject)
		}
	}
	for name, d := range g.Tags {
		stays(name, d, d)
	}
	if tag != "" {
		stays(tag, g.Root, g.Root)
	}
	all := slices.Collect(maps.Values(held))
	slices.SortFunc(all, func(a, b Stay) int { return strings.Compare(a.Path, b.Path) })
	return all
}

// childrenOf returns the deletes of what an attached index lists, the farthest first: only the index leads a rerun to
// them. What is attached itself, and may lead to the index, has its own turn.
func childrenOf(g *attachment.Graph, m manifest.Manifest, listing attachment.Listing,
	rest attachment.Remainder,
) []Step {
	var steps []Step
	for _, d := range backwards(g.Below(m.Digest)[1:]) {
		if folder := reference.DigestFolder(d); !rest.Needed[d] && listing.Has(folder) && !isListed(g, d) {
			steps = append(steps, Step{Action: DeleteManifest, Path: g.Image.Folder(folder), Digest: d})
		}
	}
	return steps
}

// isListed reports whether a digest is a referrer, or an entry of a fallback tag.
func isListed(g *attachment.Graph, d digest.Digest) bool {
	return slices.ContainsFunc(g.Attachments, func(a attachment.Attachment) bool {
		return a.Storage != attachment.SuffixTag && a.Home == g.Image && a.Manifest.Digest == d
	})
}

// mayGo reports whether an attachment goes with its subject. What is kept in another image stays: it may serve others.
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

func fallbackMayGo(f attachment.FallbackIndex, g *attachment.Graph, listing attachment.Listing,
	rest attachment.Remainder,
) bool {
	return f.Home == g.Image && !rest.Needed[f.Subject] && listing.Has(f.Tag()) && !lastHolder(f.Manifest.Digest, listing,
		rest)
}

// lastHolder reports whether a tag folder that holds d must stay.
func lastHolder(d digest.Digest, listing attachment.Listing, rest attachment.Remainder) bool {
	return rest.Needed[d] && !rest.Held[d] && !listing.Has(reference.DigestFolder(d))
}

func backwards[T any](list []T) []T {
	reversed := slices.Clone(list)
	slices.Reverse(reversed)
	return reversed
}
