package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inventory"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// found is a sound attachment in another repository.
type found struct {
	inventory.Attached
	in reference.Image
}

// readSources finds what other repositories have attached to anything that this one holds.
func (a *audit) readSources(ctx context.Context) error {
	a.inSources, a.unread = map[digest.Digest][]found{}, map[digest.Digest]string{}
	sources := slices.Clone(a.Sources)
	if a.OwnPaths {
		if a.IsPartial() {
			sources = append(sources, a.Repo)
		} else {
			a.collectOwn()
		}
	}
	if len(sources) == 0 {
		return nil
	}
	subjects := a.subjects()
	v := inventory.Discovery{
		Server: a.Server, Manifests: a.manifests, Skip: a.own.AttachedEverywhere(),
		Wanted: func(d digest.Digest) bool { return subjects[d] },
	}
	for _, repo := range sources {
		repo, err := a.Load(ctx, repo, nil)
		if err != nil {
			return err
		}
		if err := a.examine(ctx, v, repo); err != nil {
			return err
		}
		for _, index := range repo.Sorted() {
			a.collect(index)
			a.hides(index)
			a.problems = append(a.problems, index.Problems...)
		}
	}
	return nil
}

// subjects returns every digest that something may be attached to: what is there, and what an index lists, be it there
// or not.
func (a *audit) subjects() map[digest.Digest]bool {
	all := map[digest.Digest]bool{}
	for d := range a.own.Digests() {
		all[d] = true
		info, _ := a.manifests.Known(d)
		for _, one := range info.Children {
			all[one.Digest] = true
		}
	}
	return all
}

// collectOwn takes what is attached to a digest in one image path of the repository for those other paths that hold it
// too.
func (a *audit) collectOwn() {
	count := a.own.Digests()
	for _, index := range a.own.Sorted() {
		a.hides(index)
		held := index.Digests()
		for subject := range index.Subjects() {
			if count[subject] > 1 || count[subject] == 1 && !held[subject] {
				for _, h := range index.AttachedTo(subject) {
					a.take(index, subject, h)
				}
			}
		}
	}
}

func (a *audit) collect(index *inventory.ImageIndex) {
	if a.isQuarantine(index.Image) {
		return
	}
	for subject := range index.Subjects() {
		for _, h := range index.AttachedTo(subject) {
			a.take(index, subject, h)
		}
	}
}

// take takes over what is attached to a subject in another image. What is damaged there cannot be brought.
func (a *audit) take(index *inventory.ImageIndex, subject digest.Digest, h inventory.Attached) {
	switch h.Condition {
	case inventory.Sound:
		a.inSources[subject] = append(a.inSources[subject], found{Attached: h, in: index.Image})
	case inventory.Doubtful:
		a.unread[subject] = fmt.Sprintf("%s of %s cannot be read: %s", h.Name, index.Image, h.Why)
	case inventory.Dangling, inventory.Unlisted:
	}
}

// hides notes another image of which something could not be read: it may have what is lacking here.
func (a *audit) hides(index *inventory.ImageIndex) {
	if len(index.Opaque) > 0 && !a.isQuarantine(index.Image) {
		a.opaque = append(a.opaque, index)
	}
}

// missingFrom returns what other repositories have of a subject and none of these images has, sorted by name. With
// others, a record that is here with another content counts, too.
func (a *audit) missingFrom(subject digest.Digest, here []*inventory.ImageIndex, others bool) []missingHere {
	var all []missingHere
	for _, f := range a.inSources[subject] {
		there := func(index *inventory.ImageIndex) bool { return index.Has(subject, f.Attached) }
		same := func(index *inventory.ImageIndex) bool { return index.Folders[f.Name].Digest == f.Digest }
		isThere := slices.ContainsFunc(here, there)
		if isThere && (!others || f.Storage != attachment.SuffixTag || slices.ContainsFunc(here, same)) {
			continue
		}
		at := slices.IndexFunc(all, func(l missingHere) bool { return l.name == f.Name })
		if at < 0 {
			at = len(all)
			all = append(all, missingHere{subject: subject, name: f.Name, kind: f.Kind, other: isThere})
		}
		all[at].signature = all[at].signature || f.Signs(a.Prefix)
		if !slices.Contains(all[at].in, f.in) {
			all[at].in, all[at].digests = append(all[at].in, f.in), append(all[at].digests, f.Digest)
		}
	}
	slices.SortFunc(all, func(a, b missingHere) int { return cmp.Compare(a.name, b.name) })
	return all
}
