package layouts

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// racer is somebody who pushes the source tag again before the kth request: another image, or one of another kind.
type racer struct {
	name string
	push func(s *stage) digest.Digest
}

func racers() []racer {
	return []racer{
		{"image", func(s *stage) digest.Digest {
			// Of two manifest files in one folder the list would be served.
			s.server.DeleteTag(dev, name, tag)
			return s.app.Single(tag, "v2")
		}},
		{"index", func(s *stage) digest.Digest {
			s.server.DeleteTag(dev, name, tag)
			return s.app.Platforms(tag, "v2", "linux/amd64", "linux/s390x").Digest
		}},
		{"deleted", func(s *stage) digest.Digest {
			s.server.DeleteTag(dev, name, tag)
			return ""
		}},
	}
}

// deletesTag reports a request that deletes the source tag: its folder, or where an image lies below it a manifest of
// its own.
func deletesTag(x exchange) bool {
	if x.method != http.MethodDelete {
		return false
	}
	return slices.ContainsFunc([]string{"", "/manifest.json", "/list.manifest.json"},
		func(file string) bool { return strings.HasSuffix(x.path, "/"+tag+file) })
}

// TestSourcePushedInEveryGap pushes the source tag again before every single request. The new image, which nobody
// checked, never stays behind the target tag. Without --pin it can arrive in one gap, the one between the last look and
// the promotion: then it is taken back and the run fails. With --pin it never arrives.
func TestSourcePushedInEveryGap(t *testing.T) {
	t.Parallel()
	for i, u := range undertakings() {
		for j, r := range racers() {
			if !*all && (i+j)%4 != 0 {
				continue
			}
			t.Run(u.name+", "+r.name, func(t *testing.T) {
				t.Parallel()
				gaps := map[string]bool{}
				for k := 1 + (i+j)*3%stride(23); ; k += stride(23) {
					came, gap := u.raced(t, r, k)
					if gap != "" {
						gaps[gap] = true
					}
					if !came {
						break
					}
				}
				if u.request.Pin || r.name == "deleted" {
					assert.Empty(t, gaps, "with --pin there is no gap")
					return
				}
				assert.LessOrEqual(t, len(gaps), 1, "the gap: %v", gaps)
				assert.True(t, !*all || *every > 1 || len(gaps) == 1, "the gap was not met")
			})
		}
	}
}

// raced promotes while the source tag is pushed again before the kth request. gap names that request if the new image
// showed at the target, if only for a moment.
func (u undertaking) raced(t *testing.T, r racer, k int) (came bool, gap string) {
	t.Helper()
	s := newStage(t, u.mode)
	story := u.start(s)
	story.races = true
	var pushed digest.Digest
	s.atRequest(k, func() { pushed, came = r.push(s), true })
	s.server.OnChange(func() {
		if pushed != "" && s.tagged() == pushed.String() && gap == "" {
			gap = s.wire.now
		}
	})
	result := s.promote(u.request)
	if !came {
		return false, ""
	}
	if result.Request.Source.Digest == pushed && pushed != "" {
		// It came before the first look, and is the image that was promoted.
		return true, ""
	}
	at := fmt.Sprintf("before request %d: %v", k, result.Err)
	shown := s.tagged()
	require.Contains(t, []string{story.formerly, story.root.String()}, shown, "the target tag, %s", at)
	if shown == story.root.String() {
		want := union(story.source, story.before)
		assert.True(t, s.walk(s.target, append(want.known(), story.root)...).holds(want), "the image is not whole, %s", at)
	}
	if gap != "" {
		require.Error(t, result.Err)
		assert.Contains(t, result.Err.Error(), "taken back", at)
		assert.Equal(t, "POST /artifactory/api/docker/"+dev+"/v2/promote", gap, at)
		// The source tag is looked at in the last round trip before the promotion, side by side with the target's
		// reads, which can be the later ones: between that look and the promotion there is nothing else.
		for _, x := range s.wire.requests()[k-1:] {
			if x.method+" "+x.path == gap {
				break
			}
			assert.False(t, x.write(), "%s %s came after the last look, pushed %s", x.method, x.path, at)
			assert.Contains(t, x.path, "/"+prod+"/", "read after the last look, pushed %s", at)
		}
	}
	if x := s.wire.requests()[k-1]; pushed != "" && !deletesTag(x) {
		// Only in the gap between the last look and the delete of the tag can it be lost.
		w := &walker{stage: s, image: s.app}
		now, _ := w.manifest(tag)
		assert.Equal(t, pushed, now.digest, "what was pushed is still there, %s", at)
	}
	after := s.walk(s.target, append(union(story.source, story.before).known(), story.root)...)
	assert.True(t, after.holds(story.before), "something was lost at the target, %s", at)
	assert.NotContains(t, s.folders(s.target), stagingTag(), at)
	assert.Empty(t, s.missing(shown), at)
	return true, gap
}

// TestSourceGoneWhileTheTargetIsSet takes the source tag away and sets the target tag in the very moment of the
// promotion. Nothing was promoted then, so that what the target shows is somebody else's, and stays.
func TestSourceGoneWhileTheTargetIsSet(t *testing.T) {
	t.Parallel()
	for _, u := range undertakings() {
		if u.request.Pin {
			continue
		}
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, u.mode)
			story := u.start(s)
			story.races = true
			var theirs digest.Digest
			s.wire.before = func(_ int, r *http.Request) {
				if theirs == "" && strings.HasSuffix(r.URL.Path, "/v2/promote") {
					s.server.DeleteTag(dev, name, tag)
					s.server.DeleteTag(prod, name, tag)
					theirs = s.target.Single(tag, "theirs")
				}
			}
			result := s.promote(u.request)
			require.NotEmpty(t, theirs, "there was a promotion")
			require.Error(t, result.Err)
			assert.Equal(t, theirs.String(), s.tagged())
		})
	}
}

// missing lists blobs that are missing of the image behind the target tag.
func (s *stage) missing(root string) []string {
	if root == "" {
		return nil
	}
	return s.walk(s.target, digest.Digest(root)).broken
}

// TestTargetMovedInEveryGap lets somebody else set the target tag before every single request. What they put there is
// never written over unseen: it stays, unless it came in the gap between the last look at the tags and the write.
func TestTargetMovedInEveryGap(t *testing.T) {
	t.Parallel()
	for i, u := range undertakings() {
		if !*all && i%3 != 0 {
			continue
		}
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			gaps := map[string]bool{}
			for k := 1 + i*3%stride(23); ; k += stride(23) {
				s := newStage(t, u.mode)
				story := u.start(s)
				story.races = true
				var theirs digest.Digest
				s.atRequest(k, func() {
					s.server.DeleteTag(prod, name, tag)
					theirs = s.target.Single(tag, "theirs")
				})
				result := s.promote(u.request)
				if theirs == "" {
					require.NoError(t, result.Err)
					break
				}
				at := fmt.Sprintf("before request %d: %v", k, result.Err)
				shown := s.tagged()
				require.Contains(t, []string{theirs.String(), story.root.String()}, shown, at)
				if shown == theirs.String() {
					continue
				}
				if replaced(result.Plan, theirs) {
					continue
				}
				write := firstWrite(s.wire.requests()[k-1:])
				gaps[write.method+" "+strings.TrimPrefix(write.path, "/artifactory/api/docker/")] = true
			}
			// The target tag is looked at in the last round trip before the promotion, side by side with other reads,
			// which can be the later ones; but what is written next after that look is the tag.
			allowed := []string{"POST " + dev + "/v2/promote"}
			if u.request.Pin {
				allowed = []string{"PUT " + prod + "/v2/" + name + "/manifests/" + tag}
			}
			for gap := range gaps {
				assert.Contains(t, allowed, gap)
			}
		})
	}
}

func firstWrite(requests []exchange) exchange {
	for _, x := range requests {
		if x.write() {
			return x
		}
	}
	return exchange{}
}

// replaced reports whether a plan said that it replaces a digest.
func replaced(p *plan.Plan, d digest.Digest) bool { return p != nil && p.Replaces == d }

// TestSourceTaggedInEveryGap lets somebody else give the image another tag at the source, or push one that shares a
// child, before every single request of a move. The new tag keeps all that it needs, unless it came in the gap between
// the last look and a delete.
func TestSourceTaggedInEveryGap(t *testing.T) {
	t.Parallel()
	taggers := map[string]func(s *stage, index fixture.Index) digest.Digest{
		"the same image": func(s *stage, index fixture.Index) digest.Digest {
			s.app.Again("2.0", index.Digest)
			return index.Digest
		},
		"an index with a child": func(s *stage, index fixture.Index) digest.Digest {
			return s.app.Join("2.0", index.Children[0]).Digest
		},
		"an existing tag": func(s *stage, index fixture.Index) digest.Digest {
			s.app.Again("other", index.Digest)
			return index.Digest
		},
	}
	for what, retag := range taggers {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			lost := 0
			for k := 1 + len(what)%coarse(6); ; k += coarse(6) {
				s := newStage(t, withAPI())
				index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
				for _, d := range append(index.Children, index.Digest) {
					s.app.Sign(d, "alice")
				}
				story := s.begin(index.Digest)
				story.races = true
				var root digest.Digest
				var needs sighted
				s.atRequest(k, func() {
					root = retag(s, index)
					needs = s.walk(s.app, root)
				})
				result := s.promote(request(true))
				if root == "" {
					require.NoError(t, result.Err)
					break
				}
				if !s.walk(s.app, root).holds(needs) {
					lost++
					x := s.wire.requests()[k-1]
					assert.Equal(t, http.MethodDelete, x.method, "lost before request %d, %s", k, x.path)
				}
			}
			t.Logf("%s: lost in %d gaps, each directly before a delete", what, lost)
		})
	}
}

// TestTwoAtOnce promotes one image twice at the same time, from one process and as two would: whatever either says, the
// image arrives whole, and never shows early.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	for i, u := range undertakings() {
		if !*all && i%4 != 0 && i%4 != 3 {
			continue
		}
		t.Run(u.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, u.mode)
			story := u.start(s)
			story.nests = true
			var group sync.WaitGroup
			for range 2 {
				group.Go(func() { _ = s.promoteAnyhow(u) })
			}
			group.Wait()
			story.safe()
			s.wire.reset()
			again := s.promote(u.request)
			require.NoError(t, again.Err)
			assert.Equal(t, story.root.String(), s.tagged())
			assert.Zero(t, story.early.Load())
			want := union(story.source, story.before)
			assert.True(t, s.walk(s.target, append(want.known(), story.root)...).holds(want))
			assert.NotContains(t, s.folders(s.target), stagingTag())
		})
	}
}

// atRequest calls f before the kth request.
func (s *stage) atRequest(k int, f func()) {
	s.wire.before = func(n int, _ *http.Request) {
		if n == k {
			f()
		}
	}
}
