package scenario

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// The same image under another tag needs no copy of what is attached to it, and a move deletes the old tag alone.
func TestRetagWithinOneImage(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]bool{"copy": false, "move": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := signedIndex(w)
			before := look(w.server)
			args := []string{ref(app, "1.0"), dev, dev, "--target-tag", "stable"}
			if !move {
				args = append(args, "--copy")
			}
			w.promote(args...).ends(exitDone)
			w.whole(before, w.dev, w.dev, "stable", root)
			want := append(before.names(w.dev), "stable")
			if move {
				want = without(want, "1.0")
			}
			assert.ElementsMatch(t, want, look(w.server).names(w.dev))
			w.promote(args...).ends(exitDone).writesNothing()
		})
	}
}

// Other images of the same repository are targets as good as any.
func TestRenameWithinOneRepository(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := signedIndex(w)
	before := look(w.server)
	w.promote(ref(app, "1.0"), dev, dev, "--target-docker-image", "team/app/released").ends(exitDone)
	w.whole(before, w.dev, w.images.Image(dev, "team/app/released"), "1.0", root)
	assert.Empty(t, look(w.server).names(w.dev))
}

// An image that was promoted without its signatures, by jf rt docker-promote, gets them.
func TestRepairByPromotingAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := signedIndex(w)
	w.images.Image(prod, app).Platforms("1.0", "v1", "linux/amd64", "linux/arm64")
	before := look(w.server)
	require.Equal(t, root, before[w.prod.String()]["1.0"])
	o := w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
	for _, s := range o.image().Steps {
		assert.Equal(t, "copy-attachment", s.Action)
	}
}

// A target whose index is there while a child is not gets the child.
func TestRepairOfAMissingChild(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := signedIndex(w)
	before := look(w.server)
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	child, _ := w.images.Manifest(root)
	w.server.DeleteTag(prod, app, child.Manifests[0].Digest.String())
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
}

func TestNothingToDoByEnvironment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	w.prod.Sign(w.prod.Single("1.0", "v1"), "alice")
	o := w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone).writesNothing()
	assert.EqualValues(t, "nothing-to-do", o.result().Status)
	w.env = []string{"JFROG_CLI_FAIL_NO_OP=true"}
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitNoOp).writesNothing()
	// A move still has something to do: its source is there.
	w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	assert.Empty(t, look(w.server).names(w.dev))
}

func TestReplacedTag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.prod.Platforms("1.0", "old", "linux/amd64")
	w.prod.Sign(old.Digest, "alice")
	root := w.dev.Single("1.0", "v1")
	w.dev.Sign(root, "alice")
	before := look(w.server)

	refused := w.promote(ref(app, "1.0"), dev, prod, "--copy", "--no-overwrite").ends(exitRefused).changesNothing()
	assert.Equal(t, "refused", refused.image().Outcome)
	assert.Equal(t, "target", refused.image().Error.Side)
	assert.Equal(t, old.Digest.String(), refused.image().Replaces)
	assert.Equal(t, before, look(w.server))

	o := w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
	assert.Equal(t, old.Digest.String(), o.image().Replaces)
	w.promote(ref(app, "1.0"), dev, prod, "--copy", "--no-overwrite").ends(exitDone).writesNothing()
}

// record builds what is attached to an image on one side.
type record func(image fixture.Image, d digest.Digest)

func signatures(keys ...string) record {
	return func(image fixture.Image, d digest.Digest) { image.Sign(d, keys...) }
}

func attestations(types ...string) record {
	return func(image fixture.Image, d digest.Digest) { image.Attest(d, types...) }
}

func sboms(content string) record {
	return func(image fixture.Image, d digest.Digest) { image.SBOM(d, content) }
}

func both(records ...record) record {
	return func(image fixture.Image, d digest.Digest) {
		for _, r := range records {
			r(image, d)
		}
	}
}

// Of two records for one subject the one that includes the other wins, on whichever side it is; a target never loses an
// entry.
func TestRecordsOnBothSides(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		source, target record
		code           int
		// action is what the JSON says of the first attachment.
		action string
	}{
		"the source's signatures include the target's": {signatures("alice", "bob"), signatures("alice"), exitDone, "merge"},
		"the target's signatures include the source's": {signatures("alice"), signatures("alice", "bob"), exitDone, "keep"},
		"in another order": {signatures("alice", "bob"), signatures("bob", "alice"), exitDone, "keep"},
		"the source's attestations include the target's": {
			both(signatures("a"), attestations("x", "y")),
			both(signatures("a"), attestations("y")), exitDone, "merge",
		},
		"disjoint signatures": {signatures("alice"), signatures("bob"), exitDone, "merge"},
		"overlapping signatures": {
			signatures("alice", "bob"), signatures("bob", "carol"), exitDone,
			"merge",
		},
		"disjoint attestations": {
			both(signatures("a"), attestations("x")),
			both(signatures("a"), attestations("y")), exitDone, "merge",
		},
		"differing SBOMs": {
			both(signatures("a"), sboms("1")),
			both(signatures("a"), sboms("2")), exitRefused, "none",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, mode := range [][]string{{"--copy"}, nil} {
				w := newWorld(t)
				root := w.dev.Single("1.0", "v1")
				c.source(w.dev, root)
				c.target(w.prod, root)
				before := look(w.server)
				args := append([]string{ref(app, "1.0"), dev, prod}, mode...)
				o := w.promote(args...).ends(c.code)
				actions := map[string][]string{}
				for _, a := range o.image().Attachments {
					actions[a.Action] = append(actions[a.Action], a.Outcome)
				}
				assert.Contains(t, actions, c.action)
				if c.code == exitRefused {
					o.changesNothing()
					assert.Contains(t, actions["none"], "refused")
					assert.Equal(t, "target", o.image().Error.Side)
					assert.NotEmpty(t, o.image().Error.Hint)
					continue
				}
				w.whole(before, w.dev, w.prod, "1.0", root)
				w.promote(args...).ends(exitDone).writesNothing()
			}
		})
	}
}

// A copy that was cut off leaves a folder without a manifest, onto which a folder must not be copied again.
func TestHalfACopy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	signature, _ := w.images.Manifest(w.dev.Sign(root, "alice"))
	tag := fixture.SuffixTag("", root, "sig")
	w.server.PutFile(prod, app+"/"+tag+"/sha256__"+signature.Layers[0].Digest.Encoded(), []byte("{}"), nil)
	before := look(w.server)
	o := w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
	assert.Equal(t, "update-attachment", o.image().Steps[0].Action)
}

// What is attached at the target and not at the source stays.
func TestAttachmentsOfTheTargetStay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	w.dev.Sign(root, "alice")
	w.prod.Attest(root, "https://slsa.dev/provenance/v1")
	before := look(w.server)
	w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
	assert.Contains(t, look(w.server).names(w.prod), fixture.SuffixTag("", root, "att"))
}

func TestUnsigned(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(w *world){
		"nothing at all": func(w *world) { w.dev.Single("1.0", "v1") },
		"a child only": func(w *world) {
			w.dev.Sign(w.dev.Platforms("1.0", "v1", "linux/amd64").Children[0], "alice")
		},
		"an attestation only":            func(w *world) { w.dev.Attest(w.dev.Single("1.0", "v1"), "x") },
		"an empty record":                func(w *world) { w.dev.Sign(w.dev.Single("1.0", "v1")) },
		"a prefix that nobody asked for": func(w *world) { w.dev.SignPrefixed("p-", w.dev.Single("1.0", "v1"), "alice") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			build(w)
			o := w.promote(ref(app, "1.0"), dev, prod).ends(exitRefused).changesNothing()
			assert.Equal(t, "source", o.image().Error.Side)
			assert.Contains(t, o.image().Error.Hint, "--allow-unsigned")
			assert.EqualValues(t, "refused", o.result().Status)
		})
	}
}

// What is attached to referrers and fallback tags arrives, and is gone from the source after a move.
func TestReferrersArrive(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(w *world, root digest.Digest) digest.Digest{
		"a bundle": func(w *world, root digest.Digest) digest.Digest {
			return w.dev.Bundle(root, "https://sigstore.dev/cosign/sign/v1", "bob")
		},
		"a notation signature": func(w *world, root digest.Digest) digest.Digest { return w.dev.Notation(root, "bob") },
		"an entry without a subject": func(w *world, root digest.Digest) digest.Digest {
			return w.dev.Subjectless(root,
				"bob")
		},
		"a bundle on a signature": func(w *world, root digest.Digest) digest.Digest {
			return w.dev.Bundle(w.dev.Sign(root, "alice"), "https://sigstore.dev/cosign/sign/v1", "bob")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, mode := range [][]string{{"--copy"}, nil} {
				w := newWorld(t)
				root := w.dev.Single("1.0", "v1")
				w.dev.Sign(root, "alice")
				attached := build(w, root)
				args := append([]string{ref(app, "1.0"), dev, prod}, mode...)
				w.promote(append(args, "--dry-run")...).ends(exitDone).changesNothing()
				w.promote(args...).ends(exitDone)
				assert.Contains(t, held(look(w.server)[w.prod.String()]), attached)
				if mode == nil {
					assert.Empty(t, look(w.server).names(w.dev))
				}
				w.promote(args...).ends(exitDone).writesNothing()
			}
		})
	}
}

func without(list []string, gone ...string) []string {
	var left []string
	for _, s := range list {
		keep := true
		for _, g := range gone {
			keep = keep && s != g
		}
		if keep {
			left = append(left, s)
		}
	}
	return left
}
