package scenario

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// taggedSBOM is a signed image with an SBOM that names it as its subject and has a tag of its own, as `regctl artifact
// put --subject` writes it. Only that tag leads to its manifest, unless it was pushed by its digest too.
func taggedSBOM(w *world, byDigest bool) (root, sbom digest.Digest) {
	root = w.dev.Single("1.0", "v1")
	w.dev.Sign(root, "alice")
	sbom = w.dev.Attach(root, fixture.Artifact{
		Type: "application/spdx+json", LayerType: "application/spdx+json",
		Contents: []string{"{}"},
	})
	w.dev.Again("1.0-sbom", sbom)
	if !byDigest {
		w.server.DeletePath(dev, app+"/"+sbom.String())
	}
	return root, sbom
}

// A referrer travels with its tag, and is no image of its own where every tag is meant.
func TestAReferrerTravelsWithItsTag(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"one tag": {"promote", ref(app, "1.0"), dev, prod}, "every tag": {"promote", app, dev, prod},
		"a pattern": {"move", dev + "/team/*", prod}, "an image": {"move", dev + "/" + app, prod},
	} {
		for _, byDigest := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				root, sbom := taggedSBOM(w, byDigest)
				before := look(w.server)
				args := append([]string{args[0], "--format", "json"}, args[1:]...)
				if args[0] == "promote" {
					copied := w.run(append(args, "--copy")...).ends(exitDone)
					w.whole(before, w.dev, w.prod, "1.0", root)
					assert.Equal(t, before[w.dev.String()], look(w.server)[w.dev.String()])
					assert.Equal(t, "1.0", copied.image().Source.Tag)
					w.run(append(args, "--copy")...).ends(exitDone).writesNothing()
				}
				o := w.run(args...).ends(exitDone)
				assert.Equal(t, "promoted", o.image().Outcome)
				assert.Equal(t, sbom, look(w.server)[w.prod.String()]["1.0-sbom"])
				assert.Equal(t, root, look(w.server)[w.prod.String()]["1.0"])
				assert.Empty(t, look(w.server).names(w.dev))
			})
		}
	}
}

// Other content under such a tag at the target is somebody's: it is left with a warning, or the promotion is refused.
func TestAReferrersTagIsTaken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root, sbom := taggedSBOM(w, false)
	theirs := w.prod.Single("1.0-sbom", "something else")
	w.promote(ref(app, "1.0"), dev, prod, "--no-overwrite").ends(exitRefused).changesNothing().tells("target",
		"1.0-sbom holds something else", "--no-overwrite")
	o := w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	assert.Contains(t, o.stderr, "1.0-sbom holds something else")
	now := look(w.server)[w.prod.String()]
	assert.Equal(t, theirs, now["1.0-sbom"])
	assert.Equal(t, sbom, now[sbom.String()], "it arrives without the tag")
	assert.Equal(t, root, now["1.0"])
	assert.Empty(t, look(w.server).names(w.dev))
}

// A referrer that no list names is not found as an attachment. It stays under its tag, with the image that it is about,
// and both are told.
func TestAReferrerThatIsInNoList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }))
	root, _ := taggedSBOM(w, false)
	o := w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	assert.Equal(t, "copied", o.image().Outcome)
	assert.Contains(t, o.stderr, "needed by 1.0-sbom")
	assert.Equal(t, root, look(w.server)[w.dev.String()]["1.0"])
}

// A move that is cut off between its deletes is completed, tags of referrers among them.
func TestAMoveOfATaggedReferrerIsCompleted(t *testing.T) {
	t.Parallel()
	reference := newWorld(t)
	taggedSBOM(reference, true)
	requests := len(reference.promote(ref(app, "1.0"), dev, prod).ends(exitDone).log)
	for k := 2; k <= requests; k += 3 {
		w := newWorld(t)
		root, sbom := taggedSBOM(w, true)
		w.server.CrashAt(k, k%2 == 0)
		w.promote(ref(app, "1.0"), dev, prod, "--retries", "0")
		w.server.ClearFaults()
		w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
		assert.Equal(t, sbom, look(w.server)[w.prod.String()]["1.0-sbom"])
		assert.Equal(t, root, look(w.server)[w.prod.String()]["1.0"])
		assert.Empty(t, look(w.server).names(w.dev), "after a crash at request %d", k)
	}
}
