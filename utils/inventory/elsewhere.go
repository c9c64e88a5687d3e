package inventory

import (
	"cmp"
	"context"
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
	a.left = map[digest.Digest][]found{}
	if len(a.Sources) == 0 {
		return nil
	}
	subjects := a.subjects()
	v := survey{
		server: a.Server, library: a.library, skip: a.own.attachedEverywhere(),
		wanted: func(d digest.Digest) bool { return subjects[d] },
	}
	for _, repo := range a.Sources {
		all, err := a.load(ctx, repo, nil)
		if err != nil {
			return err
		}
		if err := a.examine(ctx, v, all); err != nil {
			return err
		}
		for _, s := range all.sorted() {
			a.collect(s)
		}
	}
	return nil
}

// subjects gives every digest that something may hang on: what is there, and what an index lists, be it there or not.
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

func (a *audit) collect(s *shelf) {
	for subject := range s.hooks {
		for _, h := range s.on(subject) {
			if h.condition == sound {
				a.left[subject] = append(a.left[subject], found{hanging: h, in: s.image})
			}
		}
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

// digests gives every digest that the shelf holds.
func (s *shelf) digests() map[digest.Digest]bool {
	all := make(map[digest.Digest]bool, len(s.folders))
	for _, f := range s.folders {
		all[f.digest] = true
	}
	return all
}

// attachedEverywhere gives the referrers that hang on every shelf which holds their subject: no other repository has to be asked.
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

// leftBehind gives what other repositories have of a subject and none of these shelves has, sorted by name.
func (a *audit) leftBehind(subject digest.Digest, here []*shelf) []leftBehind {
	var all []leftBehind
	for _, f := range a.left[subject] {
		if slices.ContainsFunc(here, func(s *shelf) bool { return s.has(subject, f.hanging) }) {
			continue
		}
		at := slices.IndexFunc(all, func(l leftBehind) bool { return l.name == f.name })
		if at < 0 {
			at = len(all)
			all = append(all, leftBehind{subject: subject, name: f.name})
		}
		all[at].signature = all[at].signature || f.signs(a.Prefix)
		if !slices.Contains(all[at].in, f.in) {
			all[at].in = append(all[at].in, f.in)
		}
	}
	slices.SortFunc(all, func(a, b leftBehind) int { return cmp.Compare(a.name, b.name) })
	return all
}

// has tells whether the shelf has an attachment too: a record behind the same tag, whatever its entries, or the same manifest.
func (s *shelf) has(subject digest.Digest, h hanging) bool {
	return slices.ContainsFunc(s.on(subject), func(own hanging) bool { return own.name == h.name && own.condition == sound })
}
