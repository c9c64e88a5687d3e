//go:build e2e

package e2e

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const reportType = "application/vnd.example.report"

// orasAttach attaches a report to ref by oras and gives its reference.
func (w *world) orasAttach(ref, content string) string {
	w.t.Helper()
	w.file("report.txt", content)
	return w.adding(ref, func() {
		w.tool("oras", "attach", "--plain-http", "--artifact-type", reportType, ref, "report.txt:text/plain")
	})
}

// TestOras: reports on an index, on a platform, and on a report.
func TestOras(t *testing.T) {
	t.Parallel()
	eachMode(t, func(w *world, _ mode) {
		key := w.key("key")
		ref, children := w.pushIndex(dev, "team/app", "1.0")
		w.sign(cosigns()[0], key, ref)
		report := w.orasAttach(ref, "no findings")
		onReport := w.orasAttach(report, "approved")
		w.file("platform.txt", "of one platform")
		ofPlatform := w.adding(children[1], func() {
			w.tool("oras", "attach", "--plain-http", "--artifact-type", reportType, "--platform", "linux/arm64", ref,
				"platform.txt:text/plain")
		})
		w.carried(slices.Concat(w.byTag(key, ref), w.shown(ref, report), w.shown(report, onReport),
			w.shown(children[1], ofPlatform)), "--copy")
		pulled := w.tool("oras", "pull", "--plain-http", "--output", "pulled", w.moved(onReport, prod, "team/app"))
		assert.Contains(w.t, pulled, digestOf(onReport))
	})
}

// TestRegctl: an artifact, and an index that refers to an image, with manifests of its own.
func TestRegctl(t *testing.T) {
	t.Parallel()
	eachMode(t, func(w *world, _ mode) {
		key := w.key("key")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.sign(cosigns()[1], key, ref)
		w.file("report.txt", "no findings")
		artifact := w.adding(ref, func() {
			w.regctl("artifact", "put", "--artifact-type", reportType, "--subject", ref, "--file", "report.txt")
		})
		var members []string
		for _, content := range []string{"one", "two"} {
			w.file("member.txt", content)
			out := w.regctl("artifact", "put", "--artifact-type", reportType, "--by-digest", "--file", "member.txt", "--format",
				"{{.Manifest.GetDescriptor.Digest}}", w.ref(dev, "team/app"))
			members = append(members, w.ref(dev, "team/app")+"@"+out)
		}
		index := w.adding(ref, func() {
			w.regctl("index", "create", "--artifact-type", "application/vnd.example.reports", "--subject", digestOf(ref),
				"--by-digest",
				"--digest", digestOf(members[0]), "--digest", digestOf(members[1]), w.ref(dev, "team/app"))
		})
		proofs := append(w.byTag(key, ref), slices.Concat(w.shown(ref, artifact), w.shown(ref, index))...)
		for _, member := range members {
			proofs = append(proofs, proof{
				name: "a member", tool: "regctl", args: []string{"--host", w.regctlHost(), "artifact", "get"}, ref: member,
			})
		}
		w.carried(proofs, "--copy")
	})
}

// TestSignedArtifact: an SBOM as a referrer, signed by cosign and by notation.
func TestSignedArtifact(t *testing.T) {
	t.Parallel()
	eachMode(t, func(w *world, _ mode) {
		key, alice := w.key("key"), w.party("alice")
		ref := w.pushImage(dev, "team/app", "1.0")
		sbom := w.orasAttach(ref, `{"spdxVersion":"SPDX-2.3"}`)
		w.sign(w.bundler("cosign-v3"), key, ref)
		w.sign(w.bundler("cosign-v2"), key, sbom)
		w.notationSign(alice, sbom)
		w.carried(slices.Concat(w.byBundle(key, ref), w.shown(ref, sbom), w.byBundle(key, sbom),
			[]proof{w.byNotation(alice, sbom)}), "--copy")

		found := w.tool("oras", "discover", "--plain-http", "--format", "json", "--artifact-type", reportType,
			w.moved(ref, prod, "team/app"))
		var tree struct {
			Referrers []struct{ ArtifactType string }
		}
		require.NoError(w.t, json.Unmarshal([]byte(found), &tree), found)
		if assert.Len(w.t, tree.Referrers, 1, found) {
			assert.Equal(w.t, reportType, tree.Referrers[0].ArtifactType)
		}
	})
}
