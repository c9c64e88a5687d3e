//go:build e2e

package e2e

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// TestLeftoversAtTheSource: `cosign copy` brought the image there and left every manifest under its fallback tag, too.
// That is no list of attachments, also where cosign made one of it by signing: platforms are not taken for signatures.
func TestLeftoversAtTheSource(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, copier cosign) {
		key := w.key("key")
		seed, children := w.pushIndex(dev, "seed", "1.0")
		w.sign(copier, key, seed, "--recursive")
		w.tool(copier.name, "copy", seed, w.ref(dev, "team/app")+":1.0")
		require.Positive(w.t, w.fallbackTags(dev), "cosign left them")
		ref := w.moved(seed, dev, "team/app")
		proofs := w.byTag(key, ref)
		for _, child := range children {
			proofs = append(proofs, w.byTag(key, w.moved(child, dev, "team/app"))...)
		}
		w.carried(proofs, "--copy")
		assert.Zero(w.t, w.fallbackTags(prod), "what was left there does not spread")
	})
}

// TestLeftoversSignedOver: cosign signs over the leftover of an index and writes one that mixes platforms and bundles.
func TestLeftoversSignedOver(t *testing.T) {
	t.Parallel()
	eachBundler(t, func(w *world, _ mode, signer cosign) {
		key := w.key("key")
		seed, children := w.pushIndex(dev, "seed", "1.0")
		w.tool("cosign-v3", "copy", seed, w.ref(dev, "team/app")+":1.0")
		ref := w.moved(seed, dev, "team/app")
		w.sign(signer, key, ref)
		w.carried(w.byBundle(key, ref), "--copy")
		for _, listed := range w.referrers(w.moved(ref, prod, "team/app")) {
			for _, child := range children {
				assert.NotEqual(w.t, digestOf(child), listed, "a platform is no attachment")
			}
		}
	})
}

// TestLeftoversAtTheTarget: an earlier `cosign copy` lost the bundle and left the image under the fallback tag. With
// the API the promotion repairs that; without it, writing the list would take that image away, so that it waits until
// the leftover is gone.
func TestLeftoversAtTheTarget(t *testing.T) {
	t.Parallel()
	eachMode(t, func(w *world, m mode) {
		key := w.key("key")
		ref := w.pushImage(dev, "team/app", "1.0")
		w.sign(cosigns()[0], key, ref)
		w.tool("cosign-v2", "copy", ref, w.ref(prod, "team/app")+":1.0")
		w.idle("--copy", "team/app:1.0", dev, prod)

		w.sign(w.bundler("cosign-v3"), key, ref)
		target := w.at(prod, "team/app", w.byBundle(key, ref)...)
		if !m.api {
			w.notPromoted(exitRefused, "cosign copy", "--copy", "team/app:1.0", dev, prod)
			w.tool("regctl", "--host", w.regctlHost(), "tag", "delete", w.ref(prod,
				"team/app")+":sha256-"+digestOf(ref)[len("sha256:"):])
		}
		w.promoted("--copy", "team/app:1.0", dev, prod)
		w.holds(target...)
	})
}

// buildKitIndex pushes what buildx does: for every platform an image and a manifest that attests it.
func (w *world) buildKitIndex(repo, image, tag string) (string, []string) {
	w.t.Helper()
	var index v1.ImageIndex = empty.Index
	var members []string
	add := func(img v1.Image, d v1.Descriptor) v1.Hash {
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: img, Descriptor: d})
		digest, err := img.Digest()
		require.NoError(w.t, err)
		members = append(members, w.ref(repo, image)+"@"+digest.String())
		return digest
	}
	for _, arch := range []string{"amd64", "arm64"} {
		platform := v1.Platform{OS: "linux", Architecture: arch}
		digest := add(w.image(platform), v1.Descriptor{Platform: &platform})
		unknown := v1.Platform{OS: "unknown", Architecture: "unknown"}
		add(w.image(unknown), v1.Descriptor{Platform: &unknown, Annotations: map[string]string{
			"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": digest.String(),
		}})
	}
	require.NoError(w.t, remote.WriteIndex(w.parse(w.ref(repo, image)+":"+tag), index, w.remoteOptions()))
	digest, err := index.Digest()
	require.NoError(w.t, err)
	return w.ref(repo, image) + "@" + digest.String(), members
}

// TestBuildKit: cosign signs all five manifests of a 2-platform image with attestations, in either layout.
func TestBuildKit(t *testing.T) {
	t.Parallel()
	eachCosign(t, func(w *world, signer cosign) { w.buildKit(signer) })
	eachBundler(t, func(w *world, _ mode, signer cosign) { w.buildKit(signer) })
}

func (w *world) buildKit(signer cosign) {
	key := w.key("key")
	ref, members := w.buildKitIndex(dev, "team/app", "1.0")
	w.sign(signer, key, ref, "--recursive")
	var proofs []proof
	for _, signed := range append(members, ref) {
		proofs = append(proofs, w.cosignProofs(signed, []string{"verify"}, key, signed)...)
	}
	require.Len(w.t, proofs, 10)
	w.carried(proofs)
	assert.Empty(w.t, filesOf(w, dev))
}

// TestAttachmentsElsewhere: COSIGN_REPOSITORY keeps signatures in a repository of their own.
func TestAttachmentsElsewhere(t *testing.T) {
	t.Parallel()
	const signatures, promoted = "docker-signatures-local", "docker-prod-signatures-local"
	for name, bundles := range map[string]bool{"tags": false, "bundles": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachMode(t, func(w *world, _ mode) {
				for _, key := range []string{signatures, promoted} {
					w.server.AddRepository(artifactory.Repository{Key: key, Class: "local", PackageType: "docker"})
				}
				signer := cosigns()[1]
				if bundles {
					signer = w.bundler("cosign-v3")
				}
				key := w.key("key")
				ref := w.pushImage(dev, "team/app", "1.0")
				elsewhere := *w
				elsewhere.env = []string{"COSIGN_REPOSITORY=" + w.ref(signatures, "team/sigs")}
				elsewhere.signAndAttest(signer, key, ref)
				assert.Equal(w.t, 0, len(w.referrers(ref)), "nothing is kept with the image")
				w.notPromoted(exitRefused, "not signed", "--copy", "team/app:1.0", dev, prod)

				proofs := append(w.byTag(key, ref), w.attested(key, ref)...)
				if bundles {
					proofs = []proof{w.byBundle(key, ref)[1], w.attested(key, ref)[1]}
				}
				elsewhere.holds(proofs...)
				proofs = w.at(prod, "team/app", proofs...)
				w.promoted("--copy", "team/app:1.0", dev, prod, "--attachment-repo", signatures+"/team/sigs")
				elsewhere.holds(proofs...)
				assert.Empty(w.t, filesOf(w, promoted), "they stay where they are")

				w.promoted("--copy", "team/app:1.0", dev, prod, "--attachment-repo", signatures+"/team/sigs="+promoted+"/team/sigs")
				elsewhere.env = []string{"COSIGN_REPOSITORY=" + w.ref(promoted, "team/sigs")}
				elsewhere.holds(proofs...)
				w.fails(proofs...)
				w.idle("--copy", "team/app:1.0", dev, prod, "--attachment-repo", signatures+"/team/sigs="+promoted+"/team/sigs")
			})
		})
	}
}
