package layouts

import (
	"net/http"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// lateWriter attaches something to an image at the source, as a scanner or a second signer does it.
type lateWriter func(s *stage, subject digest.Digest)

func lateWriters() map[string]lateWriter {
	return map[string]lateWriter{
		"an attestation":     func(s *stage, d digest.Digest) { s.app.Attest(d, slsa) },
		"an SBOM":            func(s *stage, d digest.Digest) { s.app.SBOM(d, "late") },
		"a second signature": func(s *stage, d digest.Digest) { s.app.Sign(d, "alice", "late") },
		"a bundle":           func(s *stage, d digest.Digest) { s.bundle(s.app, d, "late") },
		"a fallback entry": func(s *stage, d digest.Digest) {
			s.fallback(s.app, d,
				s.app.NotationSignature(d, "late", fixture.JWS))
		},
	}
}

// TestAttachedAtTheSourceInEveryGap attaches something at the source before every single request of a move: to the
// image and, in other runs, to one of its platforms. A move that does not bring it deletes nothing of what it is
// attached to, says so and fails; the same command brings it, and then the source is empty. Only what comes directly
// before a delete can come too late to be seen.
func TestAttachedAtTheSourceInEveryGap(t *testing.T) {
	t.Parallel()
	for what, write := range lateWriters() {
		for _, child := range []bool{false, true} {
			name := what + " of the image"
			if child {
				name = what + " of a platform"
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				failed := 0
				for k := 1 + len(name)%coarse(12); ; k += coarse(12) {
					came, late := attachedAt(t, write, child, k)
					if !came {
						break
					}
					failed += late
				}
				assert.True(t, !*all || failed > 0, "nothing came too late to be brought")
			})
		}
	}
}

// attachedAt moves an image while something is attached before the kth request. late is 1 if that run said that it is
// left to bring.
func attachedAt(t *testing.T, write lateWriter, child bool, k int) (came bool, late int) {
	t.Helper()
	s := newStage(t, withoutAPI())
	index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
	for _, d := range append(index.Children, index.Digest) {
		s.app.Sign(d, "alice")
	}
	subject := index.Digest
	if child {
		subject = index.Children[1]
	}
	story := s.begin(index.Digest)
	story.races = true
	var there sighted
	s.atRequest(k, func() {
		write(s, subject)
		there, came = s.walk(s.app, subject), true
	})
	result := s.promote(request(true))
	if !came {
		require.NoError(t, result.Err)
		return false, 0
	}
	x := s.wire.requests()[k-1]
	if result.Err == nil {
		// It was brought, or came directly before a delete, after which nobody looks.
		if !s.walk(s.target, subject).holds(there) {
			assert.Equal(t, http.MethodDelete, x.method, "left behind without a word before request %d, %s", k, x.path)
		}
	} else {
		late = 1
		assert.Contains(t, result.Err.Error(), "while the image was moved", "request %d", k)
		assert.Contains(t, []promotion.Outcome{promotion.Copied, promotion.Failed}, result.Outcome)
		if x.method != http.MethodDelete {
			assert.True(t, s.walk(s.app, subject).holds(there), "something of %s was deleted, before request %d", subject, k)
		}
	}
	again := s.promote(request(true))
	require.NoError(t, again.Err, "the rerun, %s before request %d", x.path, k)
	if x.method != http.MethodDelete {
		assert.True(t, s.walk(s.target, subject).holds(there), "the rerun brings it, before request %d, %s %s", k, x.method,
			x.path)
	}
	story.left(s.bystanders()...)
	return true, late
}
