package layouts

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// somebody else signs at the target while the plugin works, as their tool does it: it reads what is there and writes it
// with one more.
type somebody struct {
	// tag is the record that is written.
	tag func(root digest.Digest) string
	// sign writes, and gives a look at whether it is still there.
	sign func(s *stage, root digest.Digest) (there func() bool)
}

// signer writes a record behind a suffix tag.
func signer(suffix string) somebody {
	return somebody{
		tag:  func(root digest.Digest) string { return fixture.SuffixTag("", root, suffix) },
		sign: appendTo(suffix),
	}
}

// attacher attaches a bundle, see attach.
func attacher(anyway bool) somebody {
	return somebody{tag: fixture.FallbackTag, sign: attach(anyway)}
}

// appendTo signs behind a suffix tag as cosign does.
func appendTo(suffix string) func(s *stage, root digest.Digest) func() bool {
	return func(s *stage, root digest.Digest) func() bool {
		w := &walker{stage: s, image: s.target}
		folder := fixture.SuffixTag("", root, suffix)
		record, found := w.manifest(folder)
		layer := ocispec.Descriptor{
			MediaType: simpleSigning, Digest: digest.Digest(s.server.PutBlob(prod, name, []byte("mallory"))), Size: 7,
			Annotations: map[string]string{"dev.cosignproject.cosign/signature": "bWFsbG9yeQ=="},
		}
		mine, err := json.Marshal(layer)
		require.NoError(s.t, err)
		if !found {
			record.mediaType = ocispec.MediaTypeImageManifest
		}
		raw, err := json.Marshal(map[string]any{
			"schemaVersion": 2, "mediaType": record.mediaType, "layers": append(record.Layers, mine),
			"config": ocispec.Descriptor{
				MediaType: ocispec.MediaTypeImageConfig, Size: 2, Digest: digest.Digest(s.server.PutBlob(prod, name, []byte("{}"))),
			},
		})
		require.NoError(s.t, err)
		s.server.PutManifest(prod, name, folder, record.mediaType, raw)
		return func() bool {
			now, _ := w.manifest(folder)
			return slices.ContainsFunc(now.Layers, func(l json.RawMessage) bool { return string(l) == string(mine) })
		}
	}
}

// attach pushes a bundle and, where there is no referrers API or anyway is true, adds it to the fallback tag.
func attach(anyway bool) func(s *stage, root digest.Digest) func() bool {
	return func(s *stage, root digest.Digest) func() bool {
		d := s.target.Bundle(root, slsa, "mallory")
		w := &walker{stage: s, image: s.target}
		if anyway || s.mode.fallback {
			var entries []digest.Digest
			index, _ := w.manifest(fixture.FallbackTag(root))
			for _, e := range index.Manifests {
				entries = append(entries, e.Digest)
			}
			s.target.Fallback(root, append(entries, d)...)
		}
		return func() bool {
			after := s.walk(s.target, root)
			return after.links[fmt.Sprintf("%s <- %s", root, d)] && len(after.hidden) == 0
		}
	}
}

// meeting is a state of both sides in which somebody else signs.
type meeting struct {
	mode mode
	set  func(s *stage, root digest.Digest)
	// several reports that several records are written at the same time, so that requests about others come between.
	several bool
	somebody
}

func meetings() map[string]meeting {
	records := func(w recordWriter, mine, theirs []string) func(s *stage, root digest.Digest) {
		return func(s *stage, root digest.Digest) {
			w.write(s.app, root, mine...)
			if theirs != nil {
				w.write(s.target, root, theirs...)
			}
		}
	}
	bundled := func(theirs bool) func(s *stage, root digest.Digest) {
		return func(s *stage, root digest.Digest) {
			s.bundle(s.app, root, "alice")
			s.fallback(s.app, root, s.app.NotationSignature(root, "alice", fixture.JWS))
			if theirs {
				s.fallback(s.target, root, s.target.NotationSignature(root, "bob", fixture.JWS))
			}
		}
	}
	all := map[string]meeting{}
	for _, w := range recordWriters() {
		suffix, writes := w.suffix, signer(w.suffix)
		all[suffix+" absent"] = meeting{mode: withAPI(), set: records(w, []string{"a"}, nil), somebody: writes}
		all[suffix+" disjoint"] = meeting{mode: withAPI(), set: records(w, []string{"a"}, []string{"b"}), somebody: writes}
		all[suffix+" subset"] = meeting{mode: withAPI(), set: records(w, []string{"a", "b"}, []string{"a"}), somebody: writes}
		all[suffix+" superset"] = meeting{
			mode: withAPI(), set: records(w, []string{"a"}, []string{"b", "a"}),
			somebody: writes,
		}
	}
	for _, m := range []mode{withAPI(), withoutAPI(), modes()[3]} {
		writes := attacher(true)
		all["fallback absent, "+m.name] = meeting{mode: m, set: bundled(false), somebody: writes}
		all["fallback there, "+m.name] = meeting{mode: m, set: bundled(true), somebody: writes}
		all["bundle, "+m.name] = meeting{mode: m, set: bundled(true), somebody: attacher(false)}
	}
	several := func(s *stage, root digest.Digest) {
		for _, w := range recordWriters() {
			w.write(s.app, root, "a")
		}
	}
	for _, w := range recordWriters() {
		all["several absent, "+w.suffix] = meeting{mode: withAPI(), somebody: signer(w.suffix), set: several, several: true}
	}
	everything := func(s *stage, root digest.Digest) {
		rich(s, s.app, root, "alice")
		rich(s, s.target, root, "bob")
	}
	for what, other := range map[string]somebody{"fallback": attacher(true), "sig": signer("sig"), "att": signer("att")} {
		all["everything, "+what] = meeting{mode: withoutAPI(), somebody: other, set: everything, several: true}
	}
	return all
}

// TestSomebodyElseSigns lets somebody else sign before each single request of a promotion. What they wrote is there
// afterwards, except in one gap: between the last look at a record and the write that directly follows it.
func TestSomebodyElseSigns(t *testing.T) {
	t.Parallel()
	for name, m := range meetings() {
		if !*all && strings.HasPrefix(name, "everything") && name != "everything, fallback" {
			// The longest; make layouts tries them.
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			gaps := map[string]bool{}
			for k := 1 + len(name)%coarse(10); ; k += coarse(10) {
				signed, gap := m.signedBefore(t, k)
				if gap != "" {
					gaps[gap] = true
				}
				if !signed {
					require.Greater(t, k, 5)
					break
				}
			}
			assert.LessOrEqual(t, len(gaps), 1, "one gap for a record: %v", slices.Collect(maps.Keys(gaps)))
		})
	}
}

// signedBefore promotes while somebody else signs before the kth request. signed tells that there were so many
// requests; gap names the write by which their signature was lost, if it was.
func (m meeting) signedBefore(t *testing.T, k int) (signed bool, gap string) {
	t.Helper()
	s := newStage(t, m.mode)
	root := s.app.Single(tag, "v1")
	m.set(s, root)
	story := s.begin(root)
	var there func() bool
	s.wire.before = func(n int, _ *http.Request) {
		if n == k {
			there = m.sign(s, root)
			require.True(t, there(), "the signature of the other one")
		}
	}
	result := s.promote(request(k%2 == 0))
	if there == nil {
		return false, ""
	}
	require.NoError(t, result.Err, "before request %d", k)
	after := s.walk(s.target, union(story.source, story.before).known()...)
	if !there() {
		gap = m.gapAt(t, s, root, k)
	}
	assert.True(t, after.holds(story.source), "the source's, before request %d", k)
	assert.True(t, after.holds(story.before), "the target's, before request %d", k)
	assert.Zero(t, story.early.Load())
	assert.Empty(t, after.broken)
	story.noneNested()
	return true, gap
}

// gapAt asserts that the other one wrote between a look at the record and the write that follows it, and that these two
// requests are adjacent, unless several records are written at the same time. It gives the write's name.
func (m meeting) gapAt(t *testing.T, s *stage, root digest.Digest, k int) string {
	t.Helper()
	done, record := s.wire.requests(), m.tag(root)
	look, write := k-2, k-1
	for m.several && !done[look].about(record) {
		look--
	}
	for m.several && !done[write].about(record) {
		write++
	}
	assert.True(t, done[look].about(record) && !done[look].write(), "a look at %s before it was lost, not %s %s", record,
		done[look].method, done[look].path)
	assert.True(t, done[write].about(record) && done[write].write(), "the write by which %s was lost, not %s %s", record,
		done[write].method, done[write].path)
	return done[write].method + " " + done[write].path
}

// about reports whether a request reads or writes what is behind a tag of the target.
func (x exchange) about(tag string) bool {
	return strings.HasSuffix(x.path, "/docker-prod/v2/team/app/manifests/"+tag)
}

// Another promotion of the same image brings the same records at the same time. A folder that was copied into an equal
// one cannot be told from one that was copied into its place, and stays.
func TestTwoPromotionsAtOnce(t *testing.T) {
	t.Parallel()
	for k := 1; k < 60; k += 3 {
		s := newStage(t, withAPI())
		root := s.app.Single(tag, "v1")
		rich(s, s.app, root, "alice")
		story := s.begin(root)
		story.nests = true
		s.wire.before = func(n int, _ *http.Request) {
			if n == k {
				rich(s, s.target, root, "alice")
			}
		}
		story.arrived(s.promote(request(false)))
	}
}
