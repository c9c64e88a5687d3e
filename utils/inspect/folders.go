package inspect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Folder is a folder that holds something of an image or of what is attached to it.
type Folder struct {
	Home reference.Image
	// Name is the tag or digest folder.
	Name string
}

// Path returns the Artifactory path of the folder.
func (h Folder) Path() string { return h.Home.Folder(h.Name) }

// Folders names every folder that a copy of an image with all that is attached to it has to take, sorted by image and
// name. referrers tells how many of the attachments are referrers, of which a registry has to take note. Whatever
// cannot be read is an error.
func (r Reader) Folders(ctx context.Context, ref reference.Reference,
	places ...reference.Image,
) (all []Folder, referrers int, err error) {
	g, err := r.Inspect(ctx, failure.Source, ref, places...)
	switch {
	case err != nil:
		return nil, 0, err
	case len(g.Unreadable) > 0:
		return nil, 0, &failure.Failure{Side: failure.Source, Message: fmt.Sprintf("%s: %s", ref,
			strings.Join(g.Unreadable, "; ")), Hint: "What cannot be read cannot be listed: you need Read on all of it."}
	case len(g.Missing) > 0:
		return nil, 0, &failure.Failure{Side: failure.Source, Message: fmt.Sprintf("%s names %s, which is not there", ref,
			g.Missing[0]), Hint: "The image is damaged; push it again."}
	}
	found := map[Folder]bool{}
	for home, digests := range digestsByHome(g) {
		names, err := r.foldersOf(ctx, home, digests, ref)
		if err != nil {
			return nil, 0, err
		}
		for _, name := range names {
			found[Folder{home, name}] = true
		}
	}
	for _, a := range g.Attachments {
		if a.Storage == attachment.SuffixTag {
			found[Folder{a.Home, a.Tag}] = true
			continue
		}
		referrers++
	}
	for _, f := range g.Fallbacks {
		found[Folder{f.Home, f.Tag()}] = true
	}
	all = slices.SortedFunc(maps.Keys(found), func(a, b Folder) int { return strings.Compare(a.Path(), b.Path()) })
	return all, referrers, nil
}

// Shows reports whether a tag shows a manifest.
func (r Reader) Shows(ctx context.Context, side failure.Side, ref reference.Reference) (bool, error) {
	d, err := r.At(side).SurelyResolve(ctx, ref.Image, ref.Tag)
	return d != "", err
}

// digestsByHome returns the manifests of a graph that only their digests name, by the image that keeps them.
func digestsByHome(g *attachment.Graph) map[reference.Image][]digest.Digest {
	all := map[reference.Image][]digest.Digest{g.Image: g.ImageDigests()}
	for _, a := range g.Attachments {
		below := g.Below(a.Manifest.Digest)
		if a.Storage == attachment.SuffixTag {
			below = below[1:]
		}
		all[a.Home] = append(all[a.Home], below...)
	}
	return all
}

// foldersOf finds the folder of each digest in an image: its own, or that of a tag which shows it.
func (r Reader) foldersOf(ctx context.Context, home reference.Image, digests []digest.Digest,
	ref reference.Reference,
) ([]string, error) {
	state, err := r.State(ctx, home)
	if err != nil {
		return nil, err
	}
	var names []string
	if home == ref.Image && ref.Tag != "" {
		names = append(names, ref.Tag)
	}
	for _, d := range digests {
		name, found := holderOf(state, d, names)
		if !found {
			return nil, failure.At(failure.Source, errors.New("no folder holds it"), home.Folder(d.String()),
				"Run the same command again: somebody may be pushing.")
		}
		names = append(names, name)
	}
	return names, nil
}

// holderOf prefers a folder that is taken anyway, then the digest's own.
func holderOf(state map[string]digest.Digest, d digest.Digest, taken []string) (name string, found bool) {
	for _, name := range taken {
		if state[name] == d {
			return name, true
		}
	}
	if state[reference.DigestFolder(d)] == d {
		return reference.DigestFolder(d), true
	}
	for _, name := range slices.Sorted(maps.Keys(state)) {
		if state[name] == d {
			return name, true
		}
	}
	return "", false
}
