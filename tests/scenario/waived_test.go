package scenario

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/report"
)

// A move with --on-conflict keep leaves at the source what the target was not given: it is nowhere else. A rerun leaves
// it as well.
func TestAMoveLeavesTheRecordsThatKeepWaives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dev.Single("1.0", "v1")
	mine := w.dev.Sign(d, "alice")
	onMine := w.dev.Sign(mine, "alice")
	w.dev.Attest(d, "https://slsa.dev/provenance/v1")
	w.prod.Attest(d, "https://slsa.dev/provenance/v1", "https://spdx.dev/Document")
	theirs := w.prod.Sign(d, "bob")
	sig, ofSig := fixture.SuffixTag("", d, "sig"), fixture.SuffixTag("", mine, "sig")
	const reason = "the target keeps a record of its own (--on-conflict)"
	stays := []report.Stay{
		{Path: w.dev.String() + "/" + ofSig, Digest: onMine.String(), NeededBy: []string{sig}, Reason: reason},
		{Path: w.dev.String() + "/" + sig, Digest: mine.String(), NeededBy: []string{sig}, Reason: reason},
	}
	w.waives = []string{w.prod.String()}
	for _, want := range []string{"promoted", "already-there"} {
		o := w.promote(ref(app, "1.0"), dev, prod, "--on-conflict", "keep").ends(exitDone)
		assert.Equal(t, want, o.image().Outcome)
		assert.Contains(t, o.stderr, "stays behind as --on-conflict says")
		assert.ElementsMatch(t, stays, o.image().Stays)
		assert.ElementsMatch(t, []string{sig, ofSig}, look(w.server).names(w.dev),
			"what the target includes is gone with the image")
		assert.Equal(t, theirs, look(w.server)[w.prod.String()][sig])
	}
	w.waives = nil
	o := w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	assert.Empty(t, o.image().Stays)
	assert.Empty(t, look(w.server).names(w.dev), "a merge brings it")
}

// What the target keeps in the place of the signature has to be one.
func TestKeepLeavesNoTargetUnsigned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dev.Single("1.0", "v1")
	w.dev.Sign(d, "alice")
	w.prod.Single(fixture.SuffixTag("", d, "sig"), "an ordinary image")
	w.waives = []string{w.prod.String()}
	args := []string{ref(app, "1.0"), dev, prod, "--on-conflict", "keep"}
	w.promote(args...).ends(exitRefused).changesNothing().tells("target", "would not be signed", "--allow-unsigned")
	o := w.promote(append(args, "--allow-unsigned")...).ends(exitDone)
	assert.Contains(t, o.stderr, "is not signed")
}

// What the target keeps can sign the image as well: what counts is what will be there.
func TestKeepCountsTheSignaturesOfTheTarget(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(w *world, d digest.Digest, sig string){
		"behind the same tag": func(w *world, d digest.Digest, sig string) {
			w.dev.Single(sig, "an ordinary image")
			w.prod.Sign(d, "bob")
		},
		"in another layout": func(w *world, d digest.Digest, sig string) {
			w.dev.Sign(d, "alice")
			w.prod.Single(sig, "an ordinary image")
			w.prod.Notation(d, "bob")
		},
		"which the source does not have at all": func(w *world, d digest.Digest, _ string) {
			w.dev.Attest(d, "https://slsa.dev/provenance/v1")
			w.prod.Sign(d, "bob")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.dev.Single("1.0", "v1")
			build(w, d, fixture.SuffixTag("", d, "sig"))
			w.waives = []string{w.prod.String()}
			o := w.promote(ref(app, "1.0"), dev, prod, "--copy", "--on-conflict", "keep").ends(exitDone)
			assert.NotContains(t, o.stderr, "is not signed")
			assert.Equal(t, d, look(w.server)[w.prod.String()]["1.0"])
		})
	}
}

// A rerun of a move judges what is at the target, and what it brings there: not what keep leaves at the source, nor
// what replace gives up.
func TestARerunCountsNoSignatureThatTheTargetDoesNotGet(t *testing.T) {
	t.Parallel()
	for way, build := range map[string]func(mine, other fixture.Image, d digest.Digest, sig string){
		"keep": func(mine, other fixture.Image, d digest.Digest, sig string) {
			mine.Sign(d, "alice")
			other.Single(sig, "an ordinary image")
		},
		"replace": func(mine, other fixture.Image, d digest.Digest, sig string) {
			mine.Single(sig, "an ordinary image")
			other.Sign(d, "bob")
		},
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.prod.Single("1.0", "v1")
			build(w.dev, w.prod, d, fixture.SuffixTag("", d, "sig"))
			args := []string{ref(app, "1.0"), dev, prod, "--on-conflict", way}
			w.promote(args...).ends(exitRefused).changesNothing().tells("target", "is not signed", "--allow-unsigned")
			w.waives = []string{w.prod.String()}
			w.promote(append(args, "--allow-unsigned")...).ends(exitDone)
		})
	}
}

// A tag can go that holds an attachment, if another one holds it as well.
func TestATargetTagIsReplacedWhoseAttachmentAnotherTagHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dev.Single("1.0", "v1")
	w.dev.Sign(d, "alice")
	theirs := w.prod.Single("0.9", "v0")
	sbom := w.prod.Attach(theirs, fixture.Artifact{Type: "application/spdx+json"})
	w.prod.Again("sbom", sbom)
	w.prod.Again("0.9-sbom", sbom)
	w.byOthers(func() { w.server.DeleteTag(prod, app, "sha256:"+sbom.Encoded()) })
	w.promote(ref(app, "1.0"), dev, prod, "--copy", "--target-tag", "sbom").ends(exitDone)
	assert.Equal(t, d, look(w.server)[w.prod.String()]["sbom"])
	assert.Contains(t, w.status(prod+"/"+ref(app, "0.9")).ends(exitDone).stdout, sbom.String(), "it is still attached")
}

// A referrer that only a tag of its own holds would be lost with that tag.
func TestATargetTagThatHoldsAReferrerIsNotReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	theirs := w.prod.Single("0.9", "v0")
	sbom := w.prod.Attach(theirs, fixture.Artifact{Type: "application/spdx+json"})
	w.prod.Again("sbom", sbom)
	args := []string{ref(app, "1.0"), dev, prod, "--copy", "--target-tag", "sbom"}
	w.byOthers(func() { w.server.DeleteTag(prod, app, "sha256:"+sbom.Encoded()) })
	w.promote(args...).ends(exitRefused).changesNothing().tells("target", "holds an attachment, which would be lost",
		"--target-tag")
}

// An attachment is not moved away from what it is attached to.
func TestAnAttachmentIsNotMovedByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dev.Single("1.0", "v1")
	sig := fixture.SuffixTag("", d, "sig")
	w.dev.Sign(w.dev.Sign(d, "alice"), "alice")
	w.promote(ref(app, sig), dev, prod).ends(exitRefused).changesNothing().tells("source", "is attached to an image",
		"--copy")
	w.promote(ref(app, sig), dev, prod, "--copy").ends(exitDone)
}
