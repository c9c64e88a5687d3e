package layouts

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// recordWriter stores a record of some keys for a subject, ".sig" or ".att".
type recordWriter struct {
	suffix string
	write  func(image fixture.Image, subject digest.Digest, keys ...string) digest.Digest
}

func recordWriters() []recordWriter {
	return []recordWriter{
		{suffix: "sig", write: func(i fixture.Image, d digest.Digest, keys ...string) digest.Digest {
			return i.Sign(d,
				keys...)
		}},
		{suffix: "att", write: func(i fixture.Image, d digest.Digest, keys ...string) digest.Digest {
			return i.Attest(d,
				keys...)
		}},
	}
}

// F21: what a target's .sig or .att becomes for each way in which it can stand to the source's.
func TestRecordsMeet(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		source, target []string
		// bytes says whose manifest is there afterwards: "source", "target", or "" for a merged one.
		bytes string
	}{
		"equal":               {source: []string{"a", "b"}, target: []string{"a", "b"}, bytes: "source"},
		"subset":              {source: []string{"a", "b"}, target: []string{"a"}, bytes: "source"},
		"subset, other order": {source: []string{"a", "b", "c"}, target: []string{"c", "a"}, bytes: "source"},
		"superset":            {source: []string{"a"}, target: []string{"b", "a"}, bytes: "target"},
		"same, other order":   {source: []string{"a", "b"}, target: []string{"b", "a"}, bytes: "target"},
		"disjoint":            {source: []string{"a"}, target: []string{"b"}},
		"overlapping":         {source: []string{"a", "b"}, target: []string{"b", "c"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, w := range recordWriters() {
				for _, move := range []bool{false, true} {
					s := newStage(t, withAPI())
					root := s.app.Single(tag, "v1")
					mine := w.write(s.app, root, tt.source...)
					theirs := w.write(s.target, root, tt.target...)
					story := s.begin(root)
					story.arrived(s.promote(request(move)))
					after := s.walk(s.target, root).records[fixture.SuffixTag("", root, w.suffix)]
					switch tt.bytes {
					case "source":
						assert.Equal(t, mine, after)
					case "target":
						assert.Equal(t, theirs, after)
					default:
						assert.NotContains(t, []digest.Digest{mine, theirs}, after)
					}
					if move {
						story.left(s.bystanders()...)
					}
					story.again(move)
				}
			}
		})
	}
}

// --on-conflict for records that neither side includes.
func TestOnConflict(t *testing.T) {
	t.Parallel()
	tests := map[plan.Conflict]string{
		plan.OnConflictMerge: "", plan.OnConflictKeep: "target",
		plan.OnConflictReplace: "source", plan.OnConflictFail: "refused",
	}
	for way, want := range tests {
		t.Run(string(way), func(t *testing.T) {
			t.Parallel()
			for _, w := range recordWriters() {
				s := newStage(t, withAPI())
				root := s.app.Single(tag, "v1")
				mine, theirs := w.write(s.app, root, "a"), w.write(s.target, root, "b")
				before := s.server.Snapshot()
				r := request(false)
				r.OnConflict = way
				result := s.promote(r)
				after := s.walk(s.target, root).records[fixture.SuffixTag("", root, w.suffix)]
				switch want {
				case "refused":
					assert.Equal(t, promotion.Refused, result.Outcome)
					assert.Equal(t, before, s.server.Snapshot())
					continue
				case "source":
					assert.Equal(t, mine, after)
				case "target":
					assert.Equal(t, theirs, after)
				}
				require.NoError(t, result.Err)
				assert.Equal(t, root.String(), s.tagged())
			}
		})
	}
}

// F22: a differing .sbom, or any record that is no list, cannot be merged.
func TestOtherRecordsConflict(t *testing.T) {
	t.Parallel()
	for _, suffix := range []string{"sbom", "custom"} {
		tests := map[plan.Conflict]string{
			plan.OnConflictMerge: "refused", plan.OnConflictFail: "refused",
			plan.OnConflictKeep: "target", plan.OnConflictReplace: "source",
		}
		for way, want := range tests {
			t.Run(suffix+" "+string(way), func(t *testing.T) {
				t.Parallel()
				s := newStage(t, withAPI())
				root := s.app.Single(tag, "v1")
				s.app.Sign(root, "alice")
				digests := map[string]digest.Digest{
					"source": s.app.Suffixed("", root, suffix, "mine"),
					"target": s.target.Suffixed("", root, suffix, "theirs"),
				}
				before := s.server.Snapshot()
				r := request(true)
				r.OnConflict = way
				result := s.promote(r)
				if want == "refused" {
					assert.Equal(t, promotion.Refused, result.Outcome)
					assert.Equal(t, before, s.server.Snapshot(), "refused before anything is written")
					return
				}
				require.NoError(t, result.Err)
				assert.Equal(t, digests[want], s.walk(s.target, root).records[fixture.SuffixTag("", root, suffix)])
			})
		}
	}
}

// An equal .sbom is no conflict, and one that the target alone has stays.
func TestEqualRecordsAreNoConflict(t *testing.T) {
	t.Parallel()
	s := newStage(t, withAPI())
	root := s.app.Single(tag, "v1")
	s.app.SBOM(root, "spdx")
	s.target.SBOM(root, "spdx")
	s.target.Suffixed("", root, "theirs", "alone")
	story := s.begin(root)
	story.arrived(s.promote(request(true)))
	story.again(true)
}

// Two parties: the target holds another key's signatures in every form, in every kind of server. Afterwards both are
// there.
func TestTwoParties(t *testing.T) {
	t.Parallel()
	forms := map[string]func(s *stage, image fixture.Image, root digest.Digest, key string){
		".sig":   func(_ *stage, i fixture.Image, root digest.Digest, key string) { i.Sign(root, key) },
		".att":   func(_ *stage, i fixture.Image, root digest.Digest, key string) { i.Attest(root, key) },
		"bundle": func(s *stage, i fixture.Image, root digest.Digest, key string) { s.bundle(i, root, key) },
		"notation": func(s *stage, i fixture.Image, root digest.Digest, key string) {
			s.fallback(i, root, i.NotationSignature(root, key, fixture.COSE))
		},
		"entry without subject": func(s *stage, i fixture.Image, root digest.Digest, key string) {
			s.fallback(i, root, i.SubjectlessBundle(key))
		},
		"all": func(s *stage, i fixture.Image, root digest.Digest, key string) {
			i.Sign(root, key)
			i.Attest(root, key)
			s.bundle(i, root, key)
			s.fallback(i, root, i.NotationSignature(root, key, fixture.JWS), i.SubjectlessBundle(key))
		},
	}
	for name, sign := range forms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, m := range modes() {
				for _, writer := range []fixture.Writer{fixture.ByOras, fixture.ByCosign26} {
					s := newStage(t, m)
					s.writer = writer
					root := s.app.Single(tag, "v1")
					sign(s, s.app, root, "alice")
					sign(s, s.target, root, "bob")
					story := s.begin(root)
					story.arrived(s.promote(request(true)))
					story.left(s.bystanders()...)
					story.again(true)
				}
			}
		})
	}
}

// The merged .sig has a new digest: who signed a .sig itself is told so.
func TestDanglingSignatureIsTold(t *testing.T) {
	t.Parallel()
	s := newStage(t, withAPI())
	root := s.app.Single(tag, "v1")
	s.app.Sign(s.app.Sign(root, "alice"), "carol")
	s.target.Sign(root, "bob")
	story := s.begin(root)
	result := s.promote(request(false))
	story.arrived(result)
	warned(t, result, []string{"gets a new digest"})
}

// What names no subject is found by the fallback tag alone, so that a leftover there is in the way with the referrers
// API, too.
func TestLeftoverInTheWay(t *testing.T) {
	t.Parallel()
	for _, m := range modes() {
		s := newStage(t, m)
		root := s.app.Single(tag, "v1")
		s.fallback(s.app, root, s.app.SubjectlessBundle("alice"))
		s.target.Single("0.9", "v1")
		s.target.Again(fixture.FallbackTag(root), root)
		before := s.server.Snapshot()
		assert.Equal(t, promotion.Refused, s.promote(request(false)).Outcome, m.name)
		assert.Equal(t, before, s.server.Snapshot(), m.name)
	}
}

// A leftover of `cosign copy` at the target: left alone where it is not needed, else a refusal before anything is
// written.
func TestLeftoverAtTheTarget(t *testing.T) {
	t.Parallel()
	for _, m := range modes() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, m)
			root := s.app.Single(tag, "v1")
			s.bundle(s.app, root, "alice")
			s.target.Single("0.9", "v1")
			s.target.Again(fixture.FallbackTag(root), root)
			story := s.begin(root)
			before := s.server.Snapshot()
			result := s.promote(request(false))
			if !m.api {
				assert.Equal(t, promotion.Refused, result.Outcome)
				assert.Equal(t, before, s.server.Snapshot())
				return
			}
			// Also where the registry does not say that it took note of a subject: its list shows it.
			story.arrived(result)
			warned(t, result, []string{"left alone"})
			story.again(false)
		})
	}
}

// A registry that lists a referrer without saying so on the PUT: its clients keep the fallback tag, and so does a
// promotion, though the source, where the registry said so, has none.
func TestFallbackTagIsKeptWithoutOCISubject(t *testing.T) {
	t.Parallel()
	m := modes()[3]
	for _, held := range []bool{false, true} {
		s := newStage(t, m)
		root := s.app.Single(tag, "v1")
		s.app.Sign(s.app.Bundle(root, slsa, "alice"), "alice")
		s.app.OCIArtifact(root, "application/vnd.example.old", "content")
		if held {
			s.bundle(s.target, root, "bob")
		}
		story := s.begin(root)
		story.arrived(s.promote(request(true)))
		index, ok := (&walker{stage: s, image: s.target}).manifest(fixture.FallbackTag(root))
		require.True(t, ok)
		assert.Len(t, index.Manifests, len(union(story.source, story.before).links))
		story.again(true)
	}
}
