package layouts

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// rights are letters: r Read, n Annotate, w Deploy, d Delete.
type rights string

func (r rights) has(one string) bool { return strings.Contains(string(r), one) }

func (r rights) grant(repo string) artifactory.Grant {
	return artifactory.Grant{Repo: repo, Read: r.has("r"), Annotate: r.has("n"), Deploy: r.has("w"), Delete: r.has("d")}
}

// allRights are all 16 combinations.
func allRights() []rights {
	all := []rights{""}
	for _, one := range []rights{"r", "n", "w", "d"} {
		for _, others := range slices.Clone(all) {
			all = append(all, others+one)
		}
	}
	return all
}

// need is a right that a promotion cannot do without.
type need struct {
	side  failure.Side
	right string
}

// situation is a state of both sides, with what a copy needs at the target besides Read there. A move needs Delete at
// the source, too.
type situation struct {
	mode  mode
	build func(s *stage) digest.Digest
	// target is "w" where something is written, and "d" where something is replaced.
	target rights
	// ownWrite reports that the first write itself finds out whether it is allowed, and is the only one that is not
	// asked about.
	ownWrite bool
	// idle reports that a copy has nothing to do.
	idle bool
	// ask changes the request.
	ask func(r *plan.Request)
}

func signedSingle(s *stage) digest.Digest {
	root := s.app.Single(tag, "v1")
	s.app.Sign(root, "alice")
	return root
}

func situations() map[string]situation {
	also := func(more func(s *stage, root digest.Digest)) func(s *stage) digest.Digest {
		return func(s *stage) digest.Digest {
			root := signedSingle(s)
			more(s, root)
			return root
		}
	}
	return map[string]situation{
		"new": {mode: withAPI(), target: "w", build: signedSingle},
		"new index": {mode: withAPI(), target: "w", build: func(s *stage) digest.Digest {
			index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
			for _, d := range append(index.Children, index.Digest) {
				s.app.Sign(d, "alice")
			}
			return index.Digest
		}},
		"new with bundles": {mode: withAPI(), target: "w", build: also(func(s *stage, root digest.Digest) {
			s.bundle(s.app, s.bundle(s.app, root, "alice"), "bob")
		})},
		"new with a fallback tag": {
			mode: withoutAPI(), target: "w",
			build: also(func(s *stage, root digest.Digest) { s.bundle(s.app, root, "alice") }),
		},
		"another image is replaced": {mode: withAPI(), target: "wd", build: also(func(s *stage, _ digest.Digest) {
			s.target.Platforms(tag, "old", "linux/amd64")
		})},
		"a signature is added": {
			mode: withAPI(), target: "wd",
			build: also(func(s *stage, root digest.Digest) { s.target.Sign(root, "bob") }),
		},
		"a signature is extended": {mode: withAPI(), target: "wd", build: func(s *stage) digest.Digest {
			root := s.app.Single(tag, "v1")
			s.app.Sign(root, "alice", "bob")
			s.target.Sign(root, "bob")
			return root
		}},
		"a fallback tag is extended": {mode: withoutAPI(), target: "wd", build: also(func(s *stage, root digest.Digest) {
			s.bundle(s.app, root, "alice")
			s.bundle(s.target, root, "bob")
		})},
		"the same image, its signature is missing": {
			mode: withAPI(), target: "w", ownWrite: true,
			build: also(func(s *stage, _ digest.Digest) {
				s.target.Single(tag, "v1")
			}),
		},
		"the same image, its signatures are missing": {
			mode: withAPI(), target: "w",
			build: also(func(s *stage, root digest.Digest) {
				s.app.Attest(root, slsa)
				s.target.Single(tag, "v1")
			}),
		},
		"nothing to do": {mode: withAPI(), idle: true, build: also(func(s *stage, root digest.Digest) {
			s.target.Single(tag, "v1")
			s.target.Sign(root, "alice")
		})},
		"renamed": {
			mode: withAPI(), target: "w", build: signedSingle,
			ask: func(r *plan.Request) { r.Target.Path = "released/app" },
		},
		"retagged in place": {mode: withAPI(), target: "w", build: signedSingle, ask: func(r *plan.Request) {
			r.Target.Repo, r.Target.Tag = dev, "2.0"
		}},
	}
}

// needs lists what a promotion needs, in the order in which a lack is told.
func (c situation) needs(move bool) []need {
	all := []need{{failure.Source, "r"}, {failure.Target, "r"}}
	for _, right := range []string{"w", "d"} {
		if c.target.has(right) {
			all = append(all, need{failure.Target, right})
		}
	}
	if move {
		all = append(all, need{failure.Source, "d"})
	}
	return all
}

// TestPermissionMatrix promotes with every combination of rights on both sides: as a copy and as a move, in every
// situation, with hidden resources and without. Each outcome is what the needs above predict; a lack is told with its
// side, repository and name, and nothing has changed then.
func TestPermissionMatrix(t *testing.T) {
	t.Parallel()
	var tried, refused atomic.Int64
	t.Cleanup(func() { t.Logf("%d combinations, %d of them refused", tried.Load(), refused.Load()) })
	for name, c := range situations() {
		for _, move := range []bool{false, true} {
			for _, hidden := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, move %t, hidden %t", name, move, hidden), func(t *testing.T) {
					t.Parallel()
					for i, source := range allRights() {
						for k, target := range allRights() {
							if !*all && (i*5+k+len(name))%(11*coarse(4)) != 0 {
								// Each right meets each other; make layouts tries all.
								continue
							}
							tried.Add(1)
							if c.lacks(t, move, hidden, source, target) {
								refused.Add(1)
							}
						}
					}
				})
			}
		}
	}
}

// lacks promotes once, and tells whether a right was missing.
func (c situation) lacks(t *testing.T, move, hidden bool, source, target rights) bool {
	t.Helper()
	s := newStage(t, c.mode)
	s.server.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = hidden })
	root := c.build(s)
	r := request(move)
	if c.ask != nil {
		c.ask(&r)
	}
	s.target.Repo, s.target.Name = r.Target.Repo, r.Target.Path
	if r.SameImage() {
		target = source
	}
	s.grants(source.grant(dev), target.grant(r.Target.Repo))
	story := s.begin(root)
	// Where the tag shows the image from the start, what is missing comes late.
	story.late = s.tagged() == root.String()
	result := s.promote(r)
	for _, n := range c.needs(move) {
		have := map[failure.Side]rights{failure.Source: source, failure.Target: target}[n.side]
		if !have.has(n.right) {
			c.refused(t, story, result, n, fmt.Sprintf("source %q, target %q: %v", source, target, result.Err))
			return true
		}
	}
	require.NoError(t, result.Err, "source %q, target %q", source, target)
	c.done(t, story, result, target)
	return false
}

// refused asserts that a lack was told, and that nothing happened.
func (c situation) refused(t *testing.T, story *story, result *promotion.Result, lack need, label string) {
	t.Helper()
	name := map[string]string{"r": "Read", "w": "Deploy", "d": "Delete"}[lack.right]
	repo := map[failure.Side]string{failure.Source: dev, failure.Target: story.target.Repo}[lack.side]
	var told *failure.Failure
	require.ErrorAs(t, result.Err, &told, label)
	assert.Equal(t, promotion.Failed, result.Outcome, label)
	if repo != dev || story.target.Repo != dev {
		assert.Equal(t, lack.side, told.Side, label)
	}
	assert.Contains(t, told.Hint, name, label)
	assert.Contains(t, told.Hint, " on "+repo, label)
	assert.Equal(t, story.sourceFolders, story.folders(story.app), label)
	assert.Equal(t, story.targetFolders, story.folders(story.target), label)
	for _, r := range story.server.Log() {
		assert.False(t, r.Changed && r.User == "limited", "%s %s: %s", r.Method, r.Path, label)
	}
	if !c.ownWrite && !c.idle {
		assert.Empty(t, story.wire.writes(), "a write before it was told: %s", label)
	}
}

// done asserts that a promotion with all rights was one.
func (c situation) done(t *testing.T, story *story, result *promotion.Result, target rights) {
	t.Helper()
	r := result.Request
	if r.Source.Repo == r.Target.Repo {
		now := story.folders(story.target)
		assert.Contains(t, now, r.Target.Tag)
		assert.Contains(t, now, sig(story.root))
		assert.Equal(t, r.Move, now[tag] == nil)
		return
	}
	story.arrived(result)
	if r.Move {
		story.left(story.bystanders()...)
	} else {
		assert.Equal(t, story.sourceFolders, story.folders(story.app))
	}
	assert.Equal(t, c.idle && !r.Move, result.Outcome == promotion.AlreadyThere)
	unnamed := func(w string) bool {
		return strings.Contains(w, "docker.repoName") && strings.Contains(w, "Annotate on "+prod)
	}
	renamed := r.Source.Path != r.Target.Path
	assert.Equal(t, renamed && !target.has("n"), slices.ContainsFunc(result.Warnings, unnamed), "%q", result.Warnings)
}
