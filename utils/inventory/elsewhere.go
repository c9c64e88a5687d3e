package inventory

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// found is a sound attachment in another repository.
type found struct {
	hanging
	in reference.Image
}

// lookElsewhere finds what hangs, in the other repositories, on anything that this one holds.
func (a *audit) lookElsewhere(ctx context.Context) error {
	a.left, a.unread = map[digest.Digest][]found{}, map[digest.Digest]string{}
	sources := slices.Clone(a.Sources)
	if a.OwnPaths {
		if a.partial() {
			sources = append(sources, a.Repo)
		} else {
			a.collectOwn()
		}
	}
	if len(sources) == 0 {
		return nil
	}
	subjects := a.subjects()
	v := survey{
		server: a.Server, library: a.library, skip: a.own.attachedEverywhere(),
		wanted: func(d digest.Digest) bool { return subjects[d] },
	}
	for _, repo := range sources {
		all, err := a.load(ctx, repo, nil)
		if err != nil {
			return err
		}
		if err := a.examine(ctx, v, all); err != nil {
			return err
		}
		for _, s := range all.sorted() {
			a.collect(s)
			a.hides(s)
			a.problems = append(a.problems, s.problems...)
		}
	}
	return nil
}

// subjects returns every digest that something may are attached to: what is there, and what an index lists, be it there
// or not.
func (a *audit) subjects() map[digest.Digest]bool {
	all := map[digest.Digest]bool{}
	for d := range a.own.digests() {
		all[d] = true
		c, _ := a.library.known(d)
		for _, one := range c.children {
			all[one.digest] = true
		}
	}
	return all
}

// collectOwn takes what is attached to a digest in one image path of the repository for those other paths that hold it
// too.
func (a *audit) collectOwn() {
	count := a.own.digests()
	for _, s := range a.own.sorted() {
		a.hides(s)
		held := s.digests()
		for subject := range s.hooks {
			if count[subject] > 1 || count[subject] == 1 && !held[subject] {
				for _, h := range s.on(subject) {
					a.take(s, subject, h)
				}
			}
		}
	}
}

func (a *audit) collect(s *shelf) {
	if a.isQuarantine(s.image) {
		return
	}
	for subject := range s.hooks {
		for _, h := range s.on(subject) {
			a.take(s, subject, h)
		}
	}
}

// take takes over what is attached to a subject in another image. What is damaged there cannot be brought.
func (a *audit) take(s *shelf, subject digest.Digest, h hanging) {
	switch h.condition {
	case sound:
		a.left[subject] = append(a.left[subject], found{hanging: h, in: s.image})
	case unread:
		a.unread[subject] = fmt.Sprintf("%s of %s cannot be read: %s", h.name, s.image, h.why)
	case dangling, unlisted:
	}
}

// hides notes another image of which something could not be read: it may have what is lacking here.
func (a *audit) hides(s *shelf) {
	if len(s.opaque) > 0 && !a.isQuarantine(s.image) {
		a.opaque = append(a.opaque, s)
	}
}

// digests counts on how many shelves each digest is.
func (s *stock) digests() map[digest.Digest]int {
	all := map[digest.Digest]int{}
	for _, one := range s.shelves {
		for d := range one.digests() {
			all[d]++
		}
	}
	return all
}

// digests returns every digest that the shelf holds.
func (s *shelf) digests() map[digest.Digest]bool {
	all := make(map[digest.Digest]bool, len(s.folders))
	for _, f := range s.folders {
		all[f.digest] = true
	}
	return all
}

// attachedEverywhere returns the referrers that are attached to every shelf which holds their subject: no other
// repository has to be asked.
func (s *stock) attachedEverywhere() map[digest.Digest]bool {
	type pair struct{ subject, referrer digest.Digest }
	count := map[pair]int{}
	for _, one := range s.shelves {
		for subject, hooks := range one.hooks {
			for _, h := range hooks {
				if h.storage != attachment.SuffixTag && h.condition == sound {
					count[pair{subject, h.digest}]++
				}
			}
		}
	}
	held, all := s.digests(), map[digest.Digest]bool{}
	for p, n := range count {
		if n >= held[p.subject] {
			all[p.referrer] = true
		}
	}
	return all
}

// leftBehind returns what other repositories have of a subject and none of these shelves has, sorted by name. With
// others, a record that is here with another content counts, too.
func (a *audit) leftBehind(subject digest.Digest, here []*shelf, others bool) []leftBehind {
	var all []leftBehind
	for _, f := range a.left[subject] {
		there := func(s *shelf) bool { return s.has(subject, f.hanging) }
		same := func(s *shelf) bool { return s.folders[f.name].digest == f.digest }
		isThere := slices.ContainsFunc(here, there)
		if isThere && (!others || f.storage != attachment.SuffixTag || slices.ContainsFunc(here, same)) {
			continue
		}
		at := slices.IndexFunc(all, func(l leftBehind) bool { return l.name == f.name })
		if at < 0 {
			at = len(all)
			all = append(all, leftBehind{subject: subject, name: f.name, kind: f.kind, other: isThere})
		}
		all[at].signature = all[at].signature || f.signs(a.Prefix)
		if !slices.Contains(all[at].in, f.in) {
			all[at].in, all[at].digests = append(all[at].in, f.in), append(all[at].digests, f.digest)
		}
	}
	slices.SortFunc(all, func(a, b leftBehind) int { return cmp.Compare(a.name, b.name) })
	return all
}

// has reports whether the shelf has an attachment too: a record behind the same tag, whatever its entries, or the same
// manifest.
func (s *shelf) has(subject digest.Digest, h hanging) bool {
	return slices.ContainsFunc(s.on(subject), func(own hanging) bool {
		return own.name == h.name &&
			own.condition == sound
	})
}
