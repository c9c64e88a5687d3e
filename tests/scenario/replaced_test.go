package scenario

import (
	"net/http"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// inPieces stores an image as `docker manifest create` does: a tag for each platform, which alone holds it, and an
// index of those.
func inPieces(i fixture.Image, tag, platform string) (piece, index digest.Digest) {
	piece = i.Single(platform, tag)
	index = i.Join(tag, piece).Digest
	i.Sign(index, "alice")
	return piece, index
}

// A tag can be the only place of what an index needs. Replacing the tag must not take that away.
func TestAReplacedTagLeavesWhatAnIndexNeeds(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"move": {}, "copy": {"--copy"}, "by a staging tag": {"--copy", "--pin"},
	} {
		for layout, options := range map[string][]artifactory.Option{
			"": nil, ", no referrers API": {artifactory.WithKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff })},
		} {
			t.Run(name+layout, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, options...)
				piece, index := inPieces(w.prod, "2.0", "amd64")
				w.prod.Again("3.0", index)
				d := w.dev.Single("amd64", "newer")
				w.dev.Sign(d, "alice")
				args := append([]string{ref(app, "amd64"), dev, prod}, args...)
				plan := w.promote(append(args, "--dry-run")...).ends(exitDone).changesNothing()
				assert.Contains(t, plan.stderr, "2.0, 3.0 need")
				o := w.promote(args...).ends(exitDone)
				assert.Contains(t, o.stderr, "2.0, 3.0 need")
				assert.Equal(t, "keep-manifest", o.image().Steps[0].Action)
				now := look(w.server)[w.prod.String()]
				assert.Equal(t, d, now["amd64"])
				assert.Equal(t, piece, now["sha256:"+piece.Encoded()])
				m, _ := w.images.Manifest(piece)
				w.files(w.server.Snapshot(), w.prod, "sha256:"+piece.Encoded(), m)
				assert.Empty(t, w.status(prod + "/" + ref(app, "2.0")).ends(exitDone).state().Images[0].Findings)
			})
		}
	}
}

// What another tag holds as well, and what nothing needs, goes with its tag as ever.
func TestAReplacedTagLeavesNothingElse(t *testing.T) {
	t.Parallel()
	for name, beside := range map[string]func(w *world, old digest.Digest){
		"another tag holds it": func(w *world, old digest.Digest) { w.prod.Again("arm64", old); w.prod.Join("2.0", old) },
		"no index needs it": func(w *world, _ digest.Digest) {
			w.prod.Platforms("2.0", "v2", "linux/amd64",
				"linux/arm64")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			old := w.prod.Single("amd64", "older")
			beside(w, old)
			w.dev.Sign(w.dev.Single("amd64", "newer"), "alice")
			o := w.promote(ref(app, "amd64"), dev, prod, "--copy").ends(exitDone)
			for _, step := range o.image().Steps {
				assert.NotEqual(t, "keep-manifest", step.Action)
			}
			assert.NotContains(t, look(w.server)[w.prod.String()], "sha256:"+old.Encoded())
		})
	}
}

// An index that is not read could need it.
func TestAnIndexThatCannotBeReadIsNoLicenceToReplace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, index := inPieces(w.prod, "2.0", "amd64")
	w.dev.Sign(w.dev.Single("amd64", "newer"), "alice")
	w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Path: prod + "/v2/" + app + "/manifests/" +
		index.String()}, Status: http.StatusInternalServerError})
	w.server.AddFault(artifactory.Fault{
		Match:  artifactory.Match{Path: prod + "/v2/" + app + "/manifests/2.0"},
		Status: http.StatusInternalServerError,
	})
	w.promote(ref(app, "amd64"), dev, prod, "--copy").ends(exitFailed).changesNothing()
}

func TestABuildPromotionLeavesWhatAnIndexNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	piece, _ := inPieces(w.prod, "2.0", "amd64")
	d := w.dev.Single("amd64", "newer")
	w.dev.Sign(d, "alice")
	w.publish("", w.built(w.dev, "amd64"))
	o := w.buildPromote(buildName, buildNumber, prod, "--copy").ends(exitDone)
	assert.Contains(t, o.stderr, "2.0 needs")
	now := look(w.server)[w.prod.String()]
	assert.Equal(t, d, now["amd64"])
	assert.Equal(t, piece, now["sha256:"+piece.Encoded()])
}

// A record that is replaced can be a referrer as well, and be in no other folder.
func TestAReplacedRecordStaysAReferrer(t *testing.T) {
	t.Parallel()
	for name, api := range map[string]bool{"referrers API": true, "none": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) {
				if !api {
					k.ReferrersAPI = artifactory.ReferrersOff
				}
			}))
			w.waives = []string{w.prod.String()}
			d := w.dev.Single("1.0", "v1")
			w.dev.Sign(d, "alice")
			w.dev.SBOM(d, `{"spdxVersion":"SPDX-2.3"}`)
			w.prod.Single("1.0", "v1")
			theirs := w.prod.Attach(d, fixture.Artifact{Type: "application/spdx+json"})
			w.prod.FallbackBy(fixture.ByCosign31, d, theirs)
			w.prod.Again(fixture.SuffixTag("", d, "sbom"), theirs)
			w.byOthers(func() { w.server.DeleteTag(prod, app, "sha256:"+theirs.Encoded()) })
			o := w.promote(ref(app, "1.0"), dev, prod, "--copy", "--on-conflict", "replace").ends(exitDone)
			assert.Contains(t, o.stderr, "is kept under its digest")
			assert.Equal(t, theirs, look(w.server)[w.prod.String()]["sha256:"+theirs.Encoded()])
		})
	}
}

// Rights differ by path: what they leave out is told before anything is written.
func TestTheTagOfAReferrerIsAskedAboutAhead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dev.Single("1.0", "v1")
	w.dev.Sign(d, "alice")
	w.dev.Again("1.0-sbom", w.dev.Attach(d, fixture.Artifact{Type: "application/spdx+json"}))
	w.grants(rights(dev, "r"), artifactory.Grant{Repo: prod, Read: true},
		artifactory.Grant{Repo: prod, Exclude: "**/1.0-sbom/**", Deploy: true})
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitFailed).changesNothing().tells("target",
		"1.0-sbom may not be written", "Deploy")
}

// The same for what is kept.
func TestWhatIsKeptIsAskedAboutAhead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	piece, _ := inPieces(w.prod, "2.0", "amd64")
	w.dev.Sign(w.dev.Single("amd64", "newer"), "alice")
	w.grants(rights(dev, "r"), artifactory.Grant{Repo: prod, Read: true},
		artifactory.Grant{Repo: prod, Exclude: "**/" + piece.String() + "/**", Deploy: true, Delete: true})
	w.promote(ref(app, "amd64"), dev, prod, "--copy").ends(exitFailed).changesNothing().tells("target",
		piece.String()+" may not be written", "Deploy")
}
