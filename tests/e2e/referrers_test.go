//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// notYet is in the message about attachments that are found, but not carried so far.
const notYet = "attachments that this version does not carry yet"

// eachReferrersMode runs a test with the referrers API, and without it, where clients keep fallback tags.
func eachReferrersMode(t *testing.T, test func(w *world)) {
	t.Helper()
	for _, api := range []bool{true, false} {
		name := "referrers API"
		if !api {
			name = "fallback tag"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if !api {
				w.server.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff })
			}
			test(w)
			assert.Equal(t, !api, w.hasFallbackTag(), "a fallback tag is written exactly where there is no referrers API")
		})
	}
}

// hasFallbackTag tells whether any image at the source has one.
func (w *world) hasFallbackTag() bool {
	for _, file := range filesOf(w, dev) {
		if strings.Contains(file, "/sha256-") && strings.HasSuffix(file, "/list.manifest.json") {
			return true
		}
	}
	return false
}

// TestCosignBundles: what cosign 3 writes by default is found, verified by both versions, and not lost unnoticed.
func TestCosignBundles(t *testing.T) {
	t.Parallel()
	eachReferrersMode(t, func(w *world) {
		key := w.key("key")
		ref := w.pushImage(dev, "team/app", "1.0")
		root := w.file("root.json", `{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`)
		w.tool("cosign-v3", "signing-config", "create", "--no-default-fulcio", "--no-default-rekor", "--no-default-tsa", "--no-default-oidc", "--out", "signing.json")
		w.tool("cosign-v3", "sign", "--key", key+".key", "--signing-config", "signing.json", "--trusted-root", root, ref)
		w.accepted("verify", key, ref, "--trusted-root", root)
		w.notPromoted(exitError, notYet, "--copy", "team/app:1.0", dev, prod)
		w.notPromoted(exitError, notYet, "team/app:1.0", dev, prod, "--dry-run")
	})
}

const trustPolicy = `{"version":"1.0","trustPolicies":[{"name":"all","registryScopes":["*"],"trustStores":["ca:e2e"],"trustedIdentities":["*"],
	"signatureVerification":{"level":"strict","override":{"revocation":"skip"}}}]}`

func TestNotation(t *testing.T) {
	t.Parallel()
	eachReferrersMode(t, func(w *world) {
		ref := w.pushImage(dev, "team/app", "1.0")
		w.tool("notation", "cert", "generate-test", "--default", "e2e")
		w.tool("notation", "policy", "import", "--force", w.file("policy.json", trustPolicy))
		_, _, code := w.run(toolPath(w.t, "notation"), "verify", "--insecure-registry", ref)
		assert.NotEqual(w.t, exitNone, code, "before it is signed")
		w.tool("notation", "sign", "--insecure-registry", "--signature-format", "jws", "--force-referrers-tag=false", ref)
		w.tool("notation", "verify", "--insecure-registry", ref)
		w.notPromoted(exitError, notYet, "--copy", "team/app:1.0", dev, prod)
	})
}

func TestOrasAttachesAndDiscovers(t *testing.T) {
	t.Parallel()
	eachReferrersMode(t, func(w *world) {
		ref := w.pushImage(dev, "team/app", "1.0")
		w.sign(cosigns()[0], w.key("key"), ref)
		w.file("report.txt", "no findings")
		w.tool("oras", "attach", "--plain-http", "--artifact-type", "application/vnd.example.report", ref, "report.txt:text/plain")
		found := w.tool("oras", "discover", "--plain-http", "--format", "json", ref)
		var tree struct {
			Referrers []struct{ ArtifactType, Digest string }
		}
		require.NoError(w.t, json.Unmarshal([]byte(found), &tree), found)
		require.Len(w.t, tree.Referrers, 1, found)
		assert.Equal(w.t, "application/vnd.example.report", tree.Referrers[0].ArtifactType)
		w.notPromoted(exitError, notYet, "--copy", "team/app:1.0", dev, prod)
	})
}

func TestRegctlPutsAndListsArtifacts(t *testing.T) {
	t.Parallel()
	eachReferrersMode(t, func(w *world) {
		ref := w.pushImage(dev, "team/app", "1.0")
		w.sign(cosigns()[1], w.key("key"), ref)
		w.file("report.txt", "no findings")
		w.regctl("artifact", "put", "--artifact-type", "application/vnd.example.report", "--subject", ref, "--file", "report.txt")
		found := w.regctl("artifact", "list", ref, "--format", "{{range .Descriptors}}{{.ArtifactType}}\n{{end}}")
		assert.Equal(w.t, "application/vnd.example.report", strings.TrimSpace(found))
		w.notPromoted(exitError, notYet, "--copy", "team/app:1.0", dev, prod)
	})
}
