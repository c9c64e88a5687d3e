package layouts

import (
	"fmt"
	"maps"
	"net/http"
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

// situation is a state of both sides, with what a copy needs at the target besides Read there. A move needs Delete at the source, too.
type situation struct {
	mode  mode
	build func(s *stage) digest.Digest
	// target is "w" where something is written, and "d" where something is replaced.
	target rights
	// ownWrite tells that the first write itself finds out whether it is allowed, and is the only one that is not asked about.
	ownWrite bool
	// idle tells that a copy has nothing to do.
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
		"new with a fallback tag": {mode: withoutAPI(), target: "w", build: also(func(s *stage, root digest.Digest) { s.bundle(s.app, root, "alice") })},
		"another image is replaced": {mode: withAPI(), target: "wd", build: also(func(s *stage, _ digest.Digest) {
			s.target.Platforms(tag, "old", "linux/amd64")
		})},
		"a signature is added": {mode: withAPI(), target: "wd", build: also(func(s *stage, root digest.Digest) { s.target.Sign(root, "bob") })},
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
		"the same image, its signature is missing": {mode: withAPI(), target: "w", ownWrite: true, build: also(func(s *stage, _ digest.Digest) {
			s.target.Single(tag, "v1")
		})},
		"the same image, its signatures are missing": {mode: withAPI(), target: "w", build: also(func(s *stage, root digest.Digest) {
			s.app.Attest(root, slsa)
			s.target.Single(tag, "v1")
		})},
		"nothing to do": {mode: withAPI(), idle: true, build: also(func(s *stage, root digest.Digest) {
			s.target.Single(tag, "v1")
			s.target.Sign(root, "alice")
		})},
		"renamed": {mode: withAPI(), target: "w", build: signedSingle, ask: func(r *plan.Request) { r.Target.Path = "released/app" }},
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

// TestPermissionMatrix promotes with every combination of rights on both sides: as a copy and as a move, in every situation, with
// hidden resources and without. Each outcome is what the needs above predict; a lack is told with its side, repository and name, and
// nothing has changed then.
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
							if !*all && (i*5+k+len(name))%11 != 0 {
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

// byPath is a promotion by one whose rights differ from path to path.
type byPath struct {
	build  func(s *stage) digest.Digest
	grants []artifactory.Grant
	move   bool
	// side and hint are of the failure.
	side failure.Side
	hint string
	// hidden checks what a server that hides makes of it, if not the same.
	hidden func(t *testing.T, story *story, result *promotion.Result)
	// late tells that at a server that hides it is found only by what cannot be read back.
	late bool
}

func pathsOnly(r rights, repo, pattern, exclude string) artifactory.Grant {
	g := r.grant(repo)
	g.Pattern, g.Exclude = pattern, exclude
	return g
}

func byPaths() map[string]byPath {
	both := func(s *stage) digest.Digest {
		root := signedSingle(s)
		s.app.Attest(root, slsa)
		s.bundle(s.app, root, "alice")
		return root
	}
	taken := func(s *stage) digest.Digest {
		root := both(s)
		s.target.Sign(root, "bob")
		s.target.Single(tag, "old")
		return root
	}
	listed := func(s *stage) digest.Digest {
		root := s.app.Single(tag, "v1")
		s.bundle(s.app, root, "alice")
		s.bundle(s.target, root, "bob")
		return root
	}
	unsigned := func(t *testing.T, _ *story, result *promotion.Result) {
		t.Helper()
		assert.True(t, failure.IsRefusal(result.Err), "%v", result.Err)
		assert.ErrorContains(t, result.Err, "is not signed")
	}
	return map[string]byPath{
		"Deploy on tags alone": {
			build: both, grants: []artifactory.Grant{rights("rd").grant(dev), rights("r").grant(prod), pathsOnly("wd", prod, "", "**/sha256*/**")},
			side: failure.Target, hint: "Deploy on " + prod,
		},
		"Deploy on all but attestations": {
			build: both, grants: []artifactory.Grant{rights("rd").grant(dev), rights("r").grant(prod), pathsOnly("wd", prod, "", "**/*.att/**")},
			side: failure.Target, hint: ".att",
		},
		"Deploy on all but digests": {
			build: both, grants: []artifactory.Grant{rights("rd").grant(dev), rights("r").grant(prod), pathsOnly("wd", prod, "", "**/sha256:*/**")},
			side: failure.Target, hint: "Deploy on " + prod + "/" + name + "/sha256:",
		},
		"Delete on all but signatures at the target": {
			build: taken, grants: []artifactory.Grant{rights("rd").grant(dev), rights("rw").grant(prod), pathsOnly("d", prod, "", "**/*.sig/**")},
			side: failure.Target, hint: "Delete on " + prod,
		},
		"Delete on all but signatures at the source": {
			build: both, move: true, grants: []artifactory.Grant{rights("r").grant(dev), pathsOnly("d", dev, "", "**/*.sig/**"), rights("rwd").grant(prod)},
			side: failure.Source, hint: ".sig",
		},
		"Delete on signatures alone at the source": {
			build: both, move: true, grants: []artifactory.Grant{rights("r").grant(dev), pathsOnly("d", dev, "**/*.sig/**", ""), rights("rwd").grant(prod)},
			side: failure.Source, hint: "Delete on " + dev + "/" + name + "/" + tag,
		},
		"Read on all but attachments at the source": {
			build: both, grants: []artifactory.Grant{pathsOnly("r", dev, "", "**/sha256*/**"), rights("rwd").grant(prod)},
			side: failure.Source, hint: "Read on " + dev, hidden: unsigned,
		},
		"Read on one tag alone at the source": {
			build: both, grants: []artifactory.Grant{pathsOnly("r", dev, name, ""), pathsOnly("r", dev, name+"/"+tag+"/**", ""), rights("rwd").grant(prod)},
			side: failure.Source, hint: "Read on " + dev, hidden: unsigned,
		},
		"Read on another image alone at the target": {
			build: taken, grants: []artifactory.Grant{rights("rd").grant(dev), pathsOnly("r", prod, "other/**", ""), rights("wd").grant(prod)},
			side: failure.Target, hint: "Read on " + prod, late: true,
		},
		"Read on another image alone at the target, with fallback tags": {
			build: listed, grants: []artifactory.Grant{rights("rd").grant(dev), pathsOnly("r", prod, "other/**", ""), rights("wd").grant(prod)},
			side: failure.Target, hint: "Read on " + prod, late: true,
		},
		"Read on all but records at the target": {
			build: taken, grants: []artifactory.Grant{rights("rd").grant(dev), pathsOnly("r", prod, "", "**/sha256-*/**"), rights("wd").grant(prod)},
			side: failure.Target, hint: "Read on " + prod, late: true,
		},
	}
}

// TestPermissionsByPath: permission targets can have patterns. What the server lets one ask is asked before the first write; where it
// hides what may not be read, a promotion fails when it cannot read back what it wrote, with the tag untouched and nothing lost.
func TestPermissionsByPath(t *testing.T) {
	t.Parallel()
	for name, c := range byPaths() {
		for _, hidden := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, hidden %t", name, hidden), func(t *testing.T) {
				t.Parallel()
				for _, m := range []mode{withAPI(), withoutAPI()} {
					c.promote(t, m, hidden)
				}
			})
		}
	}
}

func (c byPath) promote(t *testing.T, m mode, hidden bool) {
	t.Helper()
	s := newStage(t, m)
	s.server.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = hidden })
	root := c.build(s)
	s.grants(c.grants...)
	story := s.begin(root)
	tagged := s.tagged()
	r := request(c.move)
	r.AllowUnsigned = false
	result := s.promote(r)
	require.Error(t, result.Err)
	t.Log(result.Err)
	assert.Equal(t, story.sourceFolders, s.folders(s.app), "the source")
	assert.Equal(t, tagged, s.tagged(), "the target tag")
	assert.True(t, s.walk(s.target, append(story.before.known(), root)...).holds(story.before), "something was lost at the target")
	if !c.late || !hidden {
		assert.Equal(t, story.targetFolders, s.folders(s.target), "the target")
		assert.Empty(t, s.wire.writes())
	}
	if hidden && c.hidden != nil {
		c.hidden(t, story, result)
		return
	}
	var told *failure.Failure
	require.ErrorAs(t, result.Err, &told)
	assert.Equal(t, c.side, told.Side)
	assert.Contains(t, told.Hint, c.hint)
}

// A rerun of a move whose source tag is gone asks as well before it deletes what is left.
func TestPermissionsOfARerun(t *testing.T) {
	t.Parallel()
	for _, hidden := range []bool{false, true} {
		s := newStage(t, withAPI())
		s.server.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = hidden })
		root := signedSingle(s)
		s.app.Attest(root, slsa)
		s.target.Single(tag, "v1")
		s.target.Sign(root, "alice")
		s.target.Attest(root, slsa)
		s.server.DeleteTag(dev, name, tag)
		before := s.folders(s.app)
		s.grants(rights("r").grant(dev), pathsOnly("d", dev, "", "**/*.att/**"), rights("r").grant(prod), rights("w").grant(prod))
		result := s.promote(request(true))
		require.Error(t, result.Err)
		var told *failure.Failure
		require.ErrorAs(t, result.Err, &told)
		assert.Contains(t, told.Hint, "Delete on "+dev)
		assert.Equal(t, before, s.folders(s.app))
	}
}

// A delete that a hiding server refuses by 404 is no delete.
func TestAHiddenRefusalToDeleteIsNoDelete(t *testing.T) {
	t.Parallel()
	s := newStage(t, withAPI())
	s.server.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = true })
	root := signedSingle(s)
	story := s.begin(root)
	s.wire.answer = func(r *http.Request, _ []byte) *reply {
		if r.Method != http.MethodDelete {
			return nil
		}
		return &reply{status: http.StatusNotFound, header: http.Header{}, body: []byte(`{"errors":[{"status":404,"message":"Unable to find item"}]}`)}
	}
	result := s.promote(request(true))
	require.Error(t, result.Err)
	assert.Equal(t, promotion.Failed, result.Outcome)
	assert.True(t, maps.EqualFunc(story.sourceFolders, s.folders(s.app), maps.Equal[map[string]string, map[string]string]))
	assert.Equal(t, root.String(), s.tagged())
}

// The one thing that a server which hides makes possible: a tag that cannot be seen, of an image without attachments whose read back
// would tell, is replaced in spite of NoOverwrite. It is no success.
func TestAHiddenTagIsReplaced(t *testing.T) {
	t.Parallel()
	s := newStage(t, withAPI())
	s.server.SetKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = true })
	s.app.Single(tag, "v1")
	s.target.Single(tag, "old")
	s.grants(rights("r").grant(dev), pathsOnly("r", prod, "other/**", ""), rights("wd").grant(prod))
	r := request(false)
	r.NoOverwrite = true
	result := s.promote(r)
	var told *failure.Failure
	require.ErrorAs(t, result.Err, &told)
	assert.Contains(t, told.Hint, "Read on "+prod)
	assert.Equal(t, promotion.Failed, result.Outcome)
}
