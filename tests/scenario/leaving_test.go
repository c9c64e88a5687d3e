package scenario

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/report"
)

// A move whose source tag something else needs has copied the image, and says what stays and for whom. Nothing is left
// to bring, so that counts as success; so does the rerun, which finds nothing to do.
func TestAMoveThatHasToKeepItsTag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	amd64 := w.dev.Single("1.0-amd64", "v1")
	w.dev.Sign(amd64, "alice")
	w.dev.Sign(w.dev.Join("1.0", amd64).Digest, "alice")
	before := look(w.server)
	o := w.promote(ref(app, "1.0-amd64"), dev, prod).ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0-amd64", amd64)
	assert.Equal(t, before[w.dev.String()], look(w.server)[w.dev.String()], "everything is needed")
	assert.Equal(t, "copied", o.image().Outcome)
	assert.Equal(t, report.Success, o.result().Status)
	assert.Equal(t, report.Totals{Success: 1}, o.result().Totals)
	sig := fixture.SuffixTag("", amd64, "sig")
	assert.Equal(t, []report.Stay{
		{Path: w.dev.String() + "/1.0-amd64", Digest: amd64.String(), NeededBy: []string{"1.0"}},
		{Path: w.dev.String() + "/" + sig, Digest: before[w.dev.String()][sig].String(), NeededBy: []string{"1.0"}},
	}, o.image().Stays)
	assert.Contains(t, o.stderr, "stay at the source, where they are needed by 1.0")

	o = w.promote(ref(app, "1.0-amd64"), dev, prod).ends(exitDone).changesNothing()
	assert.Equal(t, "already-there", o.image().Outcome)
	assert.Len(t, o.image().Stays, 2)
	w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
}

// A tag whose manifest something needs goes all the same, where another tag or a folder of its own keeps that manifest.
func TestATagGoesWhenItsManifestIsKeptElsewhere(t *testing.T) {
	t.Parallel()
	for name, keep := range map[string]func(w *world){
		"by its digest":   func(w *world) { w.dev.Single("", "v1") },
		"by another tag":  func(w *world) { w.dev.Single("stable", "v1") },
		"by a second one": func(w *world) { w.dev.Single("1", "v1") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			amd64 := w.dev.Single("1.0-amd64", "v1")
			keep(w)
			w.dev.Sign(amd64, "alice")
			w.dev.Join("1.0", amd64)
			o := w.promote(ref(app, "1.0-amd64"), dev, prod).ends(exitDone)
			assert.Equal(t, "promoted", o.image().Outcome)
			assert.NotContains(t, look(w.server)[w.dev.String()], "1.0-amd64")
			assert.NotEmpty(t, o.image().Stays, "what stays has a reason")
		})
	}
}

// What nothing else needs leaves nothing to tell.
func TestNothingStaysOfAnOrdinaryMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signedIndex(w)
	o := w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	assert.Equal(t, "promoted", o.image().Outcome)
	assert.Empty(t, o.image().Stays)
}

// A source tag that was set anew while its image was moved stays with what it shows now.
func TestATagThatWasSetMeanwhileStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	w.meanwhile("1.0", func() { w.dev.Single("1.0", "v2") })
	o := w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	assert.Equal(t, "copied", o.image().Outcome)
	assert.Contains(t, o.stderr, "was written meanwhile and stays")
}

// A rerun of a move whose source tag is gone holds the target to "signed" and to a policy, like every other run.
func TestARerunAfterTheMoveIsHeldToThePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.holder("alice"), w.holder("bob")
	signed, unsigned := w.dev.Single("1.0", "v1"), w.dev.Single("2.0", "v2")
	w.signs(w.dev, signed, alice)
	w.dev.Attest(unsigned, "https://slsa.dev/provenance/v1")
	w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	w.promote(ref(app, "2.0"), dev, prod, "--allow-unsigned").ends(exitDone)

	w.promote(append(asking(alice), ref(app, "1.0"), dev, prod)...).ends(exitDone).changesNothing()
	o := w.promote(append(asking(bob), ref(app, "1.0"), dev, prod)...).ends(exitRefused).changesNothing()
	assert.Equal(t, "refused", o.image().Outcome)
	assert.False(t, o.image().Verification.Target.Satisfied)
	w.promote(ref(app, "1.0"), dev, prod).ends(exitDone).changesNothing()
	w.promote(ref(app, "2.0"), dev, prod).ends(exitRefused).changesNothing().tells("target", "is not signed",
		"--allow-unsigned")
	w.promote(ref(app, "2.0"), dev, prod, "--allow-unsigned").ends(exitDone).changesNothing()
	w.promote(ref(app, "3.0"), dev, prod).ends(exitFailed).tells("source", "there is no tag", "Check image and tag")
}

// A refused rerun leaves at the source what the interrupted move had still to delete.
func TestARefusedRerunDeletesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.holder("alice"), w.holder("bob")
	root := w.dev.Single("1.0", "v1")
	w.signs(w.dev, root, alice)
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	w.server.DeleteTag(dev, app, "1.0")
	sig := fixture.SuffixTag("", root, "sig")
	w.promote(append(asking(bob), ref(app, "1.0"), dev, prod)...).ends(exitRefused)
	assert.Equal(t, []string{sig}, look(w.server).names(w.dev))
	w.promote(append(asking(alice), ref(app, "1.0"), dev, prod)...).ends(exitDone)
	assert.Empty(t, look(w.server).names(w.dev))
}

// What came to the source after its tag was deleted is brought by the rerun.
func TestARerunBringsWhatCameAfterTheTagWasDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	w.dev.Sign(root, "alice")
	w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	w.dev.Sign(root, "alice", "bob")
	w.dev.Attest(root, "https://slsa.dev/provenance/v1")
	before := look(w.server)
	o := w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	assert.Equal(t, "promoted", o.image().Outcome)
	w.whole(before, w.dev, w.prod, "1.0", root)
	assert.Empty(t, look(w.server).names(w.dev))
}

// --fail-fast begins nothing after a failure, and calls what was not begun by its name.
func TestWhatFailFastDidNotBegin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Single("1.0", "unsigned")
	w.dev.Sign(w.dev.Single("2.0", "v2"), "alice")
	o := w.run("copy", "--format", "json", dev+"/"+app, prod, "--threads", "1", "--fail-fast").ends(exitFailed)
	outcomes := map[string]string{}
	for _, i := range o.result().Images {
		outcomes[i.Source.Tag] = i.Outcome
	}
	assert.Equal(t, map[string]string{"1.0": "refused", "2.0": "not-begun"}, outcomes)
	assert.Equal(t, report.Totals{Failure: 2}, o.result().Totals)
}
