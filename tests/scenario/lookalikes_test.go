package scenario

import (
	"maps"
	"slices"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/report"
)

// lookAlikes fills an image with signed images, of which all but one have tags that look like attachments, and with
// what is left of one that is gone.
func lookAlikes(w *world) (tags map[string]digest.Digest, orphan string) {
	tags = w.dev.LookAlikes(digest.FromString("an image of another registry"))
	tags["1.0"] = w.dev.Single("1.0", "v1")
	for _, d := range tags {
		w.dev.Sign(d, "alice")
		index, _ := w.images.Manifest(d)
		for _, child := range index.Manifests {
			w.dev.Sign(child.Digest, "alice")
		}
	}
	gone := digest.FromString("nobody has this")
	w.dev.Sign(gone, "alice")
	return tags, fixture.SuffixTag("", gone, "sig")
}

// tagsOf returns the tags of a result, sorted.
func tagsOf(o outcome) []string {
	var tags []string
	for _, i := range o.result().Images {
		tags = append(tags, i.Source.Tag)
	}
	slices.Sort(tags)
	return tags
}

// Tools name images after digests: such a tag is an image for every command, because its manifest is one.
func TestImagesThatLookLikeAttachments(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"every tag, copied":  {"promote", app, dev, prod, "--copy"},
		"every tag, moved":   {"promote", app, dev, prod},
		"one image":          {"copy", dev + "/" + app, prod},
		"a pattern":          {"copy", dev + "/team/*", prod},
		"a pattern of tags":  {"copy", dev + "/team/*:*", prod},
		"a pattern, to move": {"move", dev + "/team/*", prod},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			tags, orphan := lookAlikes(w)
			before := look(w.server)
			o := w.run(append(args, "--format", "json")...).ends(exitDone)
			assert.Equal(t, slices.Sorted(maps.Keys(tags)), tagsOf(o))
			for tag, d := range tags {
				w.whole(before, w.dev, w.prod, tag, d)
			}
			assert.NotContains(t, look(w.server).names(w.prod), orphan)
		})
	}
}

func TestStatusOfImagesThatLookLikeAttachments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tags, _ := lookAlikes(w)
	o := w.status(dev + "/" + app).ends(exitDone)
	assert.Len(t, o.state().Images, len(tags))
}

// The source code of an image is an image, and travels with it.
func TestSourceContainerTravels(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	binary := w.dev.Single("1.0", "v1")
	w.dev.Sign(binary, "alice")
	tag, source := w.dev.SourceContainer(binary)
	w.dev.Sign(source, "alice")
	before := look(w.server)
	w.promote(app+":1.0", dev, prod, "--copy").ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", binary)
	assert.Equal(t, source.String(), look(w.server)[prod+"/"+app][tag].String())
	assert.Equal(t, []string{"1.0", tag}, tagsOf(w.promote(app, dev, prod).ends(exitDone)),
		"it is one of the tags that are images")
	assert.Empty(t, look(w.server).names(w.dev))
}

// An image never takes the place of an attachment: that would be lost.
func TestAnImageReplacesNoAttachment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff }))
	theirs := w.prod.Single("1.0", "v1")
	bundle := w.prod.Bundle(theirs, "https://sigstore.dev/cosign/sign/v1", "bob")
	w.prod.Fallback(theirs, bundle)
	w.prod.Sign(theirs, "bob")
	for _, tag := range []string{fixture.FallbackTag(theirs), fixture.SuffixTag("", theirs, "sig")} {
		mine := w.dev.Single(tag, "an image under the tag of an attachment")
		w.dev.Sign(mine, "alice")
		before := look(w.server)
		o := w.promote(app+":"+tag, dev, prod, "--copy").ends(exitRefused).changesNothing()
		require.Len(t, o.result().Images, 1)
		assert.Contains(t, o.result().Images[0].Error.Message, "holds an attachment")
		assert.Equal(t, before, look(w.server))
	}
}

// What is no signature signs nothing, whatever its tag says: it is refused, told, and found by an audit.
func TestWhatIsNoSignature(t *testing.T) {
	t.Parallel()
	const payload = "application/vnd.dev.cosign.simplesigning.v1+json"
	for name, put := range map[string]func(w *world, d digest.Digest){
		"an image": func(w *world, d digest.Digest) {
			w.dev.Single(fixture.SuffixTag("", d, "sig"), "an ordinary image")
		},
		"the image itself": func(w *world, d digest.Digest) { w.dev.Again(fixture.SuffixTag("", d, "sig"), d) },
		"an SPDX file": func(w *world, d digest.Digest) {
			w.dev.Record(d, "sig", fixture.Entry{MediaType: "text/spdx+json", Content: "{}"})
		},
		"no annotation": func(w *world, d digest.Digest) {
			w.dev.Record(d, "sig", fixture.Entry{MediaType: payload, Content: "a payload"})
		},
		"an empty annotation": func(w *world, d digest.Digest) {
			w.dev.Record(d, "sig", fixture.Entry{
				MediaType: payload, Content: "a payload",
				Annotations: map[string]string{"dev.cosignproject.cosign/signature": ""},
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d := w.dev.Single("1.0", "v1")
			put(w, d)
			o := w.promote(app+":1.0", dev, prod, "--copy").ends(exitRefused).changesNothing()
			assert.Contains(t, o.stderr, "is not signed")
			state := w.status(dev + "/" + app + ":1.0").ends(exitFindings).state()
			require.Len(t, state.Images, 1)
			assert.False(t, state.Images[0].Signed)
			audit := w.run("audit", dev, "--format", "json").ends(exitFindings)
			var found report.AuditResult
			audit.decode(&found)
			states := map[string]string{}
			for _, i := range found.Images {
				states[i.Tag] = i.State
			}
			assert.Equal(t, "unsigned", states["1.0"])
			if name == "an image" || name == "the image itself" {
				assert.Len(t, states, 2, "it is an image of its own")
			} else {
				assert.Contains(t, encode(found), "no-signature")
			}
		})
	}
}

// A scan that is attested anew every night, and replaces the one before: the newest comes first at the target, and one
// word takes the old ones away.
func TestAttestationsThatAreReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.dev.Single("1.0", "v1")
	w.dev.Sign(d, "alice")
	entry := func(night string) fixture.Entry {
		return fixture.Entry{
			MediaType: "application/vnd.dsse.envelope.v1+json", Content: night,
			Annotations: map[string]string{"predicateType": "https://cosign.sigstore.dev/attestation/vuln/v1"},
		}
	}
	tag := fixture.SuffixTag("", d, "att")
	var o outcome
	var want []digest.Digest
	for _, night := range []string{"one", "two", "three"} {
		w.dev.Record(d, "att", entry(night))
		o = w.promote(app+":1.0", dev, prod, "--copy").ends(exitDone)
		want = append([]digest.Digest{digest.FromString(night)}, want...)
	}
	held, _ := w.images.Manifest(look(w.server)[w.prod.String()][tag])
	var got []digest.Digest
	for _, layer := range held.Layers {
		got = append(got, layer.Digest)
	}
	assert.Equal(t, want, got)
	assert.Contains(t, o.stderr, "--on-conflict 'att=replace;merge'")
	plan := w.plan("promote", app+":1.0", dev, prod, "--copy", "--on-conflict", "att=replace;merge")
	w.waives = []string{w.prod.String()}
	w.apply(plan).ends(exitDone)
	assert.Equal(t, look(w.server)[w.dev.String()][tag], look(w.server)[w.prod.String()][tag])
	w.promote(app+":1.0", dev, prod, "--copy", "--on-conflict", "replace").ends(exitDone).changesNothing()
}
