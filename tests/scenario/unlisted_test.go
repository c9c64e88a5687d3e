package scenario

import (
	"strconv"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// unlisted is a signed 2-platform image, at a server without a referrers API, with an SBOM on the image, one on a
// platform, and a signature on the first: they name their subjects, and no fallback tag lists the SBOMs.
func unlisted(t *testing.T) (w *world, root digest.Digest, sboms []digest.Digest) {
	t.Helper()
	w = newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }))
	index := w.dev.Platforms("1.0", "v1", "linux/amd64", "linux/arm64")
	w.dev.Sign(index.Digest, "alice")
	for _, d := range []digest.Digest{index.Digest, index.Children[0]} {
		sboms = append(sboms, w.dev.Attach(d, fixture.Artifact{
			Type:     "application/spdx+json",
			Contents: []string{d.String()},
		}))
	}
	w.dev.Sign(sboms[0], "alice")
	w.dev.Platforms("2.0", "v2", "linux/amd64", "linux/arm64")
	return w, index.Digest, sboms
}

// What belongs to the image arrives with it, and is listed there, whether or not the source lists it.
func TestWhatNoListLeadsToArrives(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]bool{"copy": false, "move": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, root, sboms := unlisted(t)
			args := []string{ref(app, "1.0"), dev, prod}
			if !move {
				args = append(args, "--copy")
			}
			o := w.promote(args...).ends(exitDone)
			assert.Equal(t, "promoted", o.image().Outcome)
			now := look(w.server)
			for _, sbom := range sboms {
				assert.Contains(t, o.stderr, sbom.String()+" names ")
				assert.Equal(t, sbom, now[w.prod.String()]["sha256:"+sbom.Encoded()])
				if move {
					assert.NotContains(t, now[w.dev.String()], "sha256:"+sbom.Encoded())
				}
			}
			m, _ := w.images.Manifest(now[w.prod.String()]["sha256-"+root.Encoded()])
			assert.Contains(t, string(m.Raw), sboms[0].String(), "the target lists it")
			assert.Contains(t, now[w.prod.String()], fixture.SuffixTag("", sboms[0], "sig"))
			w.promote(args...).ends(exitDone).changesNothing()
			assert.Empty(t, w.status(prod + "/" + ref(app, "1.0")).ends(exitDone).state().Images[0].Findings)
		})
	}
}

func TestStatusNamesWhatNoListLeadsTo(t *testing.T) {
	t.Parallel()
	w, _, sboms := unlisted(t)
	o := w.status(dev + "/" + ref(app, "1.0")).ends(exitFindings)
	assert.Contains(t, o.stdout, sboms[0].String()+" names ")
}

// A verifier finds no signature that no list leads to.
func TestASignatureThatNoListLeadsToIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }))
	w.dev.Bundle(w.dev.Single("1.0", "v1"), "https://sigstore.dev/cosign/sign/v1", "alice")
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitRefused).changesNothing().tells("source", "is not signed",
		"--allow-unsigned")
	w.promote(ref(app, "1.0"), dev, prod, "--copy", "--allow-unsigned").ends(exitDone)
}

// Where very many digest folders are explained by nothing, a promotion does not look into them. A move reads what
// stays, and finds it.
func TestAMoveTellsOfWhatNoListLeadsTo(t *testing.T) {
	t.Parallel()
	w, _, sboms := unlisted(t)
	for n := range 201 {
		w.dev.Single("", strconv.Itoa(n))
	}
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	for range 2 {
		o := w.promote(ref(app, "1.0"), dev, prod).ends(exitFailed)
		o.tells("source", "no list leads to it", "repair")
		assert.Equal(t, "copied", o.image().Outcome)
		for _, sbom := range sboms {
			assert.Contains(t, o.stderr, sbom.String())
			assert.Contains(t, look(w.server)[w.dev.String()], sbom.String())
		}
	}
	w.run("repair", dev, "--include", app).ends(exitDone)
	w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	assert.Contains(t, look(w.server)[w.prod.String()], sboms[0].String())
}
