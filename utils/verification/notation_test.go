package verification_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/signed"
	"github.com/signed-promote/signed-promote/utils/policy"
)

const typeNotation = "application/vnd.cncf.notary.signature"

// notarise puts an envelope on the image, without a fallback tag.
func (w *world) notarise(mediaType, envelope string) {
	w.image.Attach(w.subject, fixture.Artifact{
		ConfigType: typeNotation, LayerType: mediaType,
		Contents: []string{envelope},
	})
}

// described returns the descriptor of a manifest of the image.
func (w *world) described(d digest.Digest) ocispec.Descriptor {
	m := w.store.manifests["docker-dev-local/team/app/"+d.String()]
	return ocispec.Descriptor{MediaType: m.MediaType, Digest: m.Digest, Size: int64(len(m.Raw))}
}

func trusting(config string) policy.Rule {
	return policy.Rule{Notation: &policy.Notation{Config: config}}
}

func TestNotation(t *testing.T) {
	t.Parallel()
	alice, bob := signed.NewParty(t, "alice"), signed.NewParty(t, "bob")
	for _, envelope := range []string{fixture.JWS, fixture.COSE} {
		t.Run(envelope, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.notarise(envelope, alice.Sign(t, w.described(w.subject), envelope))
			verdict := w.verify(trusting(alice.Trust(t, "*")))
			require.True(t, verdict.Satisfied(), "%+v", verdict.Outcomes)
			assert.Contains(t, verdict.Outcomes[0].By[0], "CN=alice")

			verdict = w.verify(trusting(bob.Trust(t, "*")))
			require.False(t, verdict.Satisfied())
			assert.Contains(t, verdict.Outcomes[0].Missing, "does not contain any trusted certificate")
		})
	}
}

func TestTamperedNotation(t *testing.T) {
	t.Parallel()
	alice := signed.NewParty(t, "alice")
	for name, tt := range map[string]struct {
		put  func(*world)
		want string
	}{
		"another image": {func(w *world) {
			w.notarise(fixture.JWS, alice.Sign(t, w.described(w.image.Single("2.0", "other")), fixture.JWS))
		}, "content descriptor mismatch"},
		"payload": {func(w *world) {
			w.notarise(fixture.JWS, otherPayload(t, alice.Sign(t, w.described(w.subject), fixture.JWS)))
		}, "signature is invalid"},
		"no envelope": {func(w *world) { w.notarise(fixture.JWS, "hello") }, "unable to parse the digital signature"},
		"two files": {func(w *world) {
			w.image.Attach(w.subject, fixture.Artifact{
				ConfigType: typeNotation, LayerType: fixture.JWS,
				Contents: []string{"a", "b"},
			})
		}, "exactly one notation signature"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tt.put(w)
			verdict := w.verify(trusting(alice.Trust(t, "*")))
			require.False(t, verdict.Satisfied())
			assert.Contains(t, verdict.Outcomes[0].Missing, tt.want)
		})
	}
}

// otherPayload changes what a JWS envelope says that it signs.
func otherPayload(t *testing.T, envelope string) string {
	t.Helper()
	var fields map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(envelope), &fields))
	var encoded string
	require.NoError(t, json.Unmarshal(fields["payload"], &encoded))
	payload, err := base64.RawURLEncoding.DecodeString(encoded)
	require.NoError(t, err)
	changed := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(payload), "size", "Size", 1)))
	return strings.Replace(envelope, encoded, changed, 1)
}

// Images go by several names at Artifactory; a trust policy may have any of them, and the policy's own.
func TestNotationScopes(t *testing.T) {
	t.Parallel()
	w, alice := newWorld(t), signed.NewParty(t, "alice")
	w.notarise(fixture.JWS, alice.Sign(t, w.described(w.subject), fixture.JWS))
	for name, tt := range map[string]struct {
		scope, registry string
		satisfied       bool
	}{
		"all":             {"*", "", true},
		"repository path": {"acme.example/docker-dev-local/team/app", "", true},
		"subdomain":       {"docker-dev-local.acme.example/team/app", "", true},
		"own name":        {"registry.acme.example/team/app", "registry.acme.example", true},
		"another image":   {"acme.example/docker-dev-local/team/other", "", false},
		"another name":    {"acme.example/docker-dev-local/team/app", "registry.acme.example", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule := trusting(alice.Trust(t, tt.scope))
			rule.Notation.Registry = tt.registry
			verdict := w.verify(rule)
			assert.Equal(t, tt.satisfied, verdict.Satisfied(), "%+v", verdict.Outcomes)
			if !tt.satisfied {
				assert.Contains(t, verdict.Outcomes[0].Missing, "no applicable trust policy")
			}
		})
	}
}

// notation accepts an image for which its trust policy says skip, signed or not, and so is it here.
func TestNotationSkips(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := t.TempDir()
	signed.WriteTrustPolicy(t, config, `{"name":"none","registryScopes":["*"],"signatureVerification":{"level":"skip"}}`)
	verdict := w.verify(trusting(config))
	assert.True(t, verdict.Satisfied())
	assert.Equal(t, []string{`nobody: the trust policy "none" says skip`}, verdict.Outcomes[0].By)
}

func TestNotationIsMissing(t *testing.T) {
	t.Parallel()
	w, alice := newWorld(t), signed.NewParty(t, "alice")
	verdict := w.verify(trusting(alice.Trust(t, "*")))
	require.False(t, verdict.Satisfied())
	assert.Equal(t, "no notation signature is attached", verdict.Outcomes[0].Missing)
}

func TestUselessTrustPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.verifier(policy.Policy{Rules: []policy.Rule{trusting(t.TempDir())}})
	require.ErrorContains(t, err, "trustpolicy.json")
	config := t.TempDir()
	signed.WriteTrustPolicy(t, config, `{"name":"all","registryScopes":["*"],"signatureVerification":{"level":"strict"}}`)
	_, err = w.verifier(policy.Policy{Rules: []policy.Rule{trusting(config)}})
	require.ErrorContains(t, err, "trust stores")
}
