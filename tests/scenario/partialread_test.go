package scenario

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// leftOut are patterns of a permission target that leave out one kind of attachment each.
func leftOut(root digest.Digest) map[string]string {
	return map[string]string{
		"sig": "**/*.sig/**", "att": "**/*.att/**", "sbom": "**/*.sbom/**", "fallback": "**/sha256-" + root.Encoded() + "/**",
	}
}

// attachedEvery returns an image at the source with an attachment of each usual kind.
func attachedEvery(w *world) (root digest.Digest) {
	root = w.dev.Single("1.0", "v1")
	w.dev.Sign(root, "alice")
	w.dev.Attest(root, "https://slsa.dev/provenance/v1")
	w.dev.SBOM(root, `{"spdxVersion":"SPDX-2.3"}`)
	w.dev.FallbackBy(fixture.ByCosign31, root, w.dev.NotationSignature(root, "alice", "application/jose+json"))
	return root
}

// A folder shows what the user may read, and nothing else, whatever the server's setting. The usual attachments of the
// root are asked for by their names, so that a user who may not read one of them is told, with nothing changed, by
// every command that judges by what it reads.
func TestReadOnAllButOneKind(t *testing.T) {
	t.Parallel()
	for kind := range leftOut("sha256:") {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }))
			image := ref(app, "1.0")
			w.grants(artifactory.Grant{Repo: dev, Exclude: leftOut(attachedEvery(w))[kind], Read: true, Delete: true},
				rights(prod, "rwd"))
			before := look(w.server)
			for _, args := range [][]string{
				{"promote", image, dev, prod, "--copy"},
				{"promote", image, dev, prod},
				{"promote", image, dev, prod, "--copy", "--dry-run"},
				{"promote", app, dev, prod, "--copy"},
				{"copy", dev + "/team/*", prod},
				{"move", dev + "/" + image, prod},
				{"file-spec", dev + "/" + image},
				{"verify", dev + "/" + image, "--key", w.holder("alice").pub, "--insecure-ignore-tlog"},
			} {
				o := w.run(args...)
				assert.Equal(t, exitFailed, o.code, "%v\n%s", args, o.stderr)
				assert.Contains(t, o.stderr, "403 Forbidden", "%v", args)
				o.changesNothing()
			}
			o := w.run("status", dev+"/"+image)
			assert.NotEqual(t, exitDone, o.code, o.stderr)
			assert.Contains(t, o.stdout+o.stderr, "cannot be read")
			assert.Equal(t, before, look(w.server))
		})
	}
}

// The exemption: a server that hides what one may not read answers as if it were not there, to every question.
func TestAHiddenAttestationIsNotSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.HideUnauthorized = true }))
	attachedEvery(w)
	w.grants(artifactory.Grant{Repo: dev, Exclude: "**/*.att/**", Read: true}, rights(prod, "rwd"))
	w.byOthers(func() { w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone) })
}
