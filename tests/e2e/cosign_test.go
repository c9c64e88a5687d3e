//go:build e2e

package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Exit codes of cosign verify.
const (
	cosignNothingFound = 10
	cosignNoneMatches  = 12
)

// cosign is one major version of cosign, and the options with which it writes its tag layout without a network.
type cosign struct {
	name string
	sign []string
}

func cosigns() []cosign {
	return []cosign{
		{name: "cosign-v2", sign: []string{"--tlog-upload=false"}},
		{name: "cosign-v3", sign: []string{"--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false"}},
	}
}

// eachCosign runs a test for each signing version, in a world of its own. What was signed is verified by all versions,
// see accepted.
func eachCosign(t *testing.T, test func(w *world, signer cosign)) {
	t.Helper()
	for _, signer := range cosigns() {
		t.Run(signer.name, func(t *testing.T) {
			t.Parallel()
			test(newWorld(t), signer)
		})
	}
}

// key makes a key pair in the home and gives the common part of both file names.
func (w *world) key(name string) string {
	w.t.Helper()
	w.tool("cosign-v3", "generate-key-pair", "--output-key-prefix", name)
	return filepath.Join(w.home, name)
}

func (w *world) sign(c cosign, key, ref string, more ...string) {
	w.t.Helper()
	args := append([]string{"sign", "--key", key + ".key"}, c.sign...)
	w.tool(c.name, append(append(args, more...), ref)...)
}

func (w *world) attest(c cosign, key, ref string) {
	w.t.Helper()
	predicate := w.file("predicate.json", `{"builder":"ci"}`)
	args := append([]string{"attest", "--key", key + ".key", "--predicate", predicate, "--type", "custom"}, c.sign...)
	w.tool(c.name, append(args, ref)...)
}

// attachSBOM attaches an SBOM by its tag and gives the record by digest.
func (w *world) attachSBOM(ref string) string {
	w.t.Helper()
	w.tool("cosign-v2", "attach", "sbom", "--sbom", w.file("sbom.json", `{"spdxVersion":"SPDX-2.3"}`), "--type", "spdx", ref)
	tag := strings.Replace(ref, "@sha256:", ":sha256-", 1) + ".sbom"
	return ref[:strings.Index(ref, "@")+1] + w.digest(tag)
}

// signAndAttest signs and attests an image by digest.
func (w *world) signAndAttest(c cosign, key string, refs ...string) {
	w.t.Helper()
	for _, ref := range refs {
		w.sign(c, key, ref)
		w.attest(c, key, ref)
	}
}

// verdict is the exit code of a verification.
func (w *world) verdict(c cosign, command, key, ref string, more ...string) (code int, stderr string) {
	w.t.Helper()
	args := append([]string{command, "--key", key + ".pub", "--insecure-ignore-tlog"}, more...)
	_, stderr, code = w.run(toolPath(w.t, c.name), append(args, ref)...)
	return code, stderr
}

// accepted wants every version of cosign to accept ref.
func (w *world) accepted(command, key, ref string, more ...string) {
	w.t.Helper()
	for _, c := range cosigns() {
		code, stderr := w.verdict(c, command, key, ref, more...)
		assert.Equal(w.t, exitNone, code, "%s %s %s\n%s", c.name, command, ref, stderr)
	}
}

// refused wants every version of cosign to refuse ref with a certain exit code.
func (w *world) refused(want int, command, key, ref string, more ...string) {
	w.t.Helper()
	for _, c := range cosigns() {
		code, stderr := w.verdict(c, command, key, ref, more...)
		assert.Equal(w.t, want, code, "%s %s %s\n%s", c.name, command, ref, stderr)
	}
}

// trusted wants every version of cosign to accept signature and attestation of each ref.
func (w *world) trusted(key string, refs ...string) {
	w.t.Helper()
	for _, ref := range refs {
		w.accepted("verify", key, ref)
		w.accepted("verify-attestation", key, ref, "--type", "custom")
	}
}
