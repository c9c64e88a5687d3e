// Package buildpromotion promotes builds as Artifactory does (contract build-one-match): it finds the files of a build
// by their SHA-1 and by their build properties, and copies or moves those paths, and no others.
package buildpromotion

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/build"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/mover"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// Promotion is a promotion of a build into a repository.
type Promotion struct {
	build.Info
	SourceRepo   string
	Target       site.Repository
	Copy, DryRun bool
	FailFast     bool
	Artifacts    bool
	Dependencies bool
	Scopes       []string
	Properties   map[string][]string
	User         access.User
	// OneMatch takes the first file of those with one checksum, not all of them.
	OneMatch bool
}

// files lists what is promoted: paths below their repositories, without those that are at their place already.
func (p Promotion) files(t *storage.Tree) []place {
	var wanted []build.File
	for _, m := range p.Modules {
		if p.Artifacts {
			wanted = append(wanted, m.Artifacts...)
		}
		for _, d := range m.Dependencies {
			if p.Dependencies && (len(p.Scopes) == 0 || intersect(d.Scopes, p.Scopes)) {
				wanted = append(wanted, d)
			}
		}
	}
	var found []place
	for _, f := range wanted {
		matches := p.matches(t, f)
		if p.OneMatch && len(matches) > 1 {
			matches = matches[:1]
		}
		for _, m := range matches {
			if !slices.Contains(found, m) {
				found = append(found, m)
			}
		}
	}
	return found
}

type place struct{ repo, path string }

// matches finds the files with a checksum and the properties of the build, those with the recorded name first. A
// dependency has no build properties of this build.
func (p Promotion) matches(t *storage.Tree, f build.File) []place {
	b := t.BinaryBySHA1(f.SHA1)
	if b == nil {
		return nil
	}
	type match struct {
		place
		named bool
	}
	var all []match
	for _, n := range t.WithSHA256(b.SHA256) {
		mine := slices.Contains(n.Properties["build.name"], p.Name) && slices.Contains(n.Properties["build.number"], p.Number)
		if (p.SourceRepo == "" || n.Repo() == p.SourceRepo) && (mine || f.ID != "") {
			all = append(all, match{place{n.Repo(), n.Path()}, n.Name == f.Name})
		}
	}
	slices.SortStableFunc(all, func(a, b match) int { return cmp.Compare(rank(b.named), rank(a.named)) })
	places := make([]place, 0, len(all))
	for _, m := range all {
		places = append(places, m.place)
	}
	return places
}

func rank(named bool) int {
	if named {
		return 1
	}
	return 0
}

func intersect(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// Run promotes, file by file: each becomes visible by itself. Nothing found, and any error, is told by ok.
func Run(ctx context.Context, store *storage.Store, p Promotion) (messages []mover.Message, ok bool) {
	var files []place
	store.View(func(t *storage.Tree) { files = p.files(t) })
	if len(files) == 0 {
		return []mover.Message{{Level: "ERROR", Message: fmt.Sprintf("Unable to find artifacts of build '%s' #%s: aborting promotion.", p.Name, p.Number)}}, false
	}
	ok = true
	for _, f := range files {
		var result mover.Result
		_ = store.Update(ctx, func(t *storage.Tree) error {
			result = p.one(t, f)
			return nil
		})
		messages = append(messages, result.Messages...)
		if result.LastCode != 0 {
			ok = false
			if p.FailFast {
				break
			}
		}
	}
	return messages, ok
}

// one promotes a file to the same path, and prunes what a move emptied.
func (p Promotion) one(t *storage.Tree, f place) mover.Result {
	n := t.Lookup(f.repo, f.path)
	if n == nil || f.repo == p.Target.Key {
		return mover.Result{}
	}
	folder := n.Parent()
	result := mover.Run(t, n, f.path, mover.Options{Move: !p.Copy, DryRun: p.DryRun, User: p.User, Target: p.Target})
	if result.LastCode != 0 || p.DryRun {
		return result
	}
	if made := t.Lookup(p.Target.Key, f.path); made != nil {
		t.SetProperties(made, p.Properties, p.User.Name)
	}
	for !p.Copy && folder.Parent() != nil && len(folder.Children()) == 0 {
		up := folder.Parent()
		t.Remove(folder)
		folder = up
	}
	return result
}
