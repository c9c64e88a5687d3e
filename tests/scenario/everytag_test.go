package scenario

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// crowd is an image with several tags that share digests, children and attachments, beside what belongs to none of
// them.
type crowd struct {
	tags map[string]digest.Digest
	// orphan is a record whose subject is not there; untagged is a manifest that nothing names.
	orphan   string
	untagged digest.Digest
}

func newCrowd(w *world) crowd {
	index := w.dev.Platforms("1.0", "v1", "linux/amd64", "linux/arm64")
	shared := w.dev.Join("1.0-amd64", index.Children[0])
	single := w.dev.Single("0.9", "v0")
	w.dev.Single("latest", "v0")
	for _, d := range append(index.Children, index.Digest, shared.Digest, single) {
		w.dev.Sign(d, "alice")
	}
	w.dev.Attest(index.Children[0], "https://slsa.dev/provenance/v1")
	gone := digest.FromString("nobody has this")
	w.dev.Sign(gone, "alice")
	// The folder of a nested image looks like a tag.
	nested := w.images.Image(dev, app+"/tools")
	w.dev.Sign(nested.Single("1.0", "tool"), "alice")
	return crowd{
		tags:     map[string]digest.Digest{"1.0": index.Digest, "1.0-amd64": shared.Digest, "0.9": single, "latest": single},
		orphan:   fixture.SuffixTag("", gone, "sig"),
		untagged: w.dev.Single("", "v-1"),
	}
}

func TestEveryTag(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"copy": {"--copy"}, "move": nil, "one at a time": {"--threads", "1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := newCrowd(w)
			before := look(w.server)
			args := append([]string{app, dev, prod}, mode...)
			planned := w.promote(append(args, "--dry-run")...).ends(exitDone).writesNothing()
			assert.Len(t, planned.result().Images, len(c.tags))
			assert.Equal(t, before, look(w.server))

			o := w.promote(args...).ends(exitDone)
			assert.Len(t, o.result().Images, len(c.tags))
			assert.Equal(t, len(c.tags), o.result().Totals.Success)
			for tag, d := range c.tags {
				w.whole(before, w.dev, w.prod, tag, d)
			}
			left := look(w.server)
			if name != "copy" {
				nestedSignature := fixture.SuffixTag("", left[dev+"/"+app+"/tools"]["1.0"], "sig")
				assert.ElementsMatch(t, []string{c.orphan, c.untagged.String(), nestedSignature}, left.names(w.dev))
			}
			assert.Contains(t, o.result().Remaining, c.orphan)
			assert.Contains(t, o.result().Remaining, c.untagged.String())
			assert.Contains(t, left[dev+"/"+app+"/tools"], "1.0", "the nested image")
			assert.NotContains(t, left, prod+"/"+app+"/tools")
			if name == "copy" {
				w.promote(args...).ends(exitDone).writesNothing()
			}
		})
	}
}

// After a move of every tag there is no tag left: a rerun has nothing to do.
func TestEveryTagMovedAlready(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signedIndex(w)
	w.promote(app, dev, prod).ends(exitDone)
	w.promote(app, dev, prod).ends(exitDone).writesNothing()
	w.promote(app, dev, prod, "--fail-no-op").ends(exitNoOp).writesNothing()
}

// A tag that may not be promoted does not keep the others back, and makes the run a failure of mixed outcomes.
func TestEveryTagWithARefusedOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	w.dev.Single("0.9", "v0")
	o := w.promote(app, dev, prod).ends(exitFailed)
	outcomes := map[string]string{}
	for _, i := range o.result().Images {
		outcomes[i.Source.Tag] = i.Outcome
	}
	assert.Equal(t, map[string]string{"1.0": "promoted", "0.9": "refused"}, outcomes)
	assert.Equal(t, []string{"0.9"}, look(w.server).names(w.dev))
	w.promote(app, dev, prod).ends(exitRefused).changesNothing()
}

// A move keeps what another tag needs, and the next move takes it.
func TestMoveKeepsWhatIsShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newCrowd(w)
	before := look(w.server)
	w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", c.tags["1.0"])
	index, _ := w.images.Manifest(c.tags["1.0"])
	shared, alone := index.Manifests[0].Digest, index.Manifests[1].Digest
	now := look(w.server)
	gone := without(before.names(w.dev), now.names(w.dev)...)
	assert.ElementsMatch(t, []string{
		"1.0", alone.String(), fixture.SuffixTag("", alone, "sig"),
		fixture.SuffixTag("", c.tags["1.0"], "sig"),
	}, gone)

	w.promote(ref(app, "latest"), dev, prod).ends(exitDone)
	assert.Contains(t, look(w.server).names(w.dev), fixture.SuffixTag("", c.tags["0.9"], "sig"), "the tag 0.9 needs it")

	before = look(w.server)
	w.promote(ref(app, "1.0-amd64"), dev, prod).ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0-amd64", c.tags["1.0-amd64"])
	assert.NotContains(t, look(w.server).names(w.dev), shared.String())
}
