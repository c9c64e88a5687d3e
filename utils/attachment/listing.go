package attachment

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Listing is what the folder of an image shows: every tag and every manifest that is kept by digest. It comes from
// folder info, which lists all, unlike tags/list, which may lag or filter.
type Listing struct {
	// Names holds every folder's name, in the server's order.
	Names []string
	// Digests reports what each folder held when it was looked at; nil when only the names are known.
	Digests  map[string]digest.Digest
	names    map[string]bool
	suffixed map[digest.Digest][]reference.SuffixTag
	// byName: see AskByName.
	byName bool
	// strays: see LookForUnlisted.
	strays Strays
}

// NewListing sorts the names of the folders in an image's folder.
func NewListing(folders []string) Listing {
	l := Listing{Names: folders, names: map[string]bool{}, suffixed: map[digest.Digest][]reference.SuffixTag{}}
	for _, name := range folders {
		l.names[name] = true
		if t, ok := reference.ParseSuffixTag(name); ok {
			l.suffixed[t.Subject] = append(l.suffixed[t.Subject], t)
		}
	}
	return l
}

// AskByName returns the same listing for those who rely on what it does not show: the usual attachments of a root are
// asked for by name as well, which a server refuses that leaves them out because the user may not read them.
func (l Listing) AskByName() Listing {
	l.byName = true
	return l
}

// Strays reads what a digest folder of the image holds, for those who look at folders that nothing leads to.
type Strays func(ctx context.Context, image reference.Image, d digest.Digest) (manifest.Manifest, error)

// LookForUnlisted returns the same listing for those who bring all that is attached: without a referrers API, what
// names its subject and is in no fallback tag is found by a look at each digest folder that nothing else explains.
func (l Listing) LookForUnlisted(read Strays) Listing {
	l.strays = read
	return l
}

// NewState makes a listing of what each folder holds.
func NewState(digests map[string]digest.Digest) Listing {
	l := NewListing(slices.Sorted(maps.Keys(digests)))
	l.Digests = digests
	return l
}

// holds reports whether a folder can be taken for one that holds d: unless it was seen to hold something else.
func (l Listing) holds(name string, d digest.Digest) bool {
	return l.Digests == nil || l.Digests[name] == d
}

// Has reports whether the image has a tag or digest folder of that name.
func (l Listing) Has(name string) bool { return l.names[name] }

// Manifests returns the names of folders that can hold a manifest: every tag and digest folder.
func (l Listing) Manifests() []string {
	var names []string
	for _, name := range l.Names {
		if readable(name) && name != uploads {
			names = append(names, name)
		}
	}
	return names
}

// SuffixTags returns the suffix tags that are attached to a digest, any prefix and any suffix.
func (l Listing) SuffixTags(subject digest.Digest) []reference.SuffixTag { return l.suffixed[subject] }

// ShowsAttachments reports whether there is any tag of those by which attachments are found: suffix tags and fallback
// tags.
func (l Listing) ShowsAttachments() bool {
	return slices.ContainsFunc(l.Names, func(name string) bool { return strings.Contains(name, "sha256-") })
}

// LookAlikes returns the tags that look like attachments: suffix tags and fallback tags. Only their manifests tell what
// they are.
func (l Listing) LookAlikes() []string {
	var tags []string
	for _, name := range l.Names {
		if _, ok := Named(name); ok {
			tags = append(tags, name)
		}
	}
	return tags
}

// MayBeImages returns the tags that can be images: all but the records that signed images have.
func (l Listing) MayBeImages() []string {
	tags := l.ImageTags()
	for _, name := range l.LookAlikes() {
		if !Derived(name) {
			tags = append(tags, name)
		}
	}
	return tags
}

// ImageTags returns the names that can be tags people gave and do not look like attachments: no suffix tags, fallback
// tags or digest folders, nor the staging tags of this tool and Artifactory's own folders. A folder of a nested image
// may be among them; only a read of its manifest tells.
func (l Listing) ImageTags() []string {
	var tags []string
	for _, name := range l.Names {
		if reference.IsImageTag(name) && !reference.IsStagingTag(name) && name != uploads {
			tags = append(tags, name)
		}
	}
	return tags
}

// uploads is where Artifactory keeps unfinished uploads of an image. Its other own folders begin with a dot, which no
// tag may.
const uploads = "_uploads"

// ShowsDigests reports whether a folder of a digest is among the names.
func (l Listing) ShowsDigests() bool {
	for _, name := range l.Names {
		if _, ok := reference.ParseDigestFolder(name); ok {
			return true
		}
	}
	return false
}
