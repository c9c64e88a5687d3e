package scenario

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// happy is a promotion that has to succeed, as a copy and as a move.
type happy struct {
	// build fills the source, and says what the tag 1.0 is.
	build func(w *world) digest.Digest
	// args stand after "<image>:1.0 dev prod".
	args []string
	// image and tag are what the target is called, if not as at the source.
	image, tag string
}

func happyPaths() map[string]happy {
	return map[string]happy{
		"one platform, one signature": {build: func(w *world) digest.Digest {
			d := w.dev.Single("1.0", "v1")
			w.dev.Sign(d, "alice")
			return d
		}},
		"docker media types": {build: func(w *world) digest.Digest {
			image := w.dev.Docker()
			index := image.Platforms("1.0", "v1", "linux/amd64", "linux/arm/v7")
			image.Sign(index.Digest, "alice")
			return index.Digest
		}},
		"two platforms, all signed": {build: func(w *world) digest.Digest {
			index := w.dev.Platforms("1.0", "v1", "linux/amd64", "linux/arm64")
			for _, d := range append(index.Children, index.Digest) {
				w.dev.Sign(d, "alice", "bob")
			}
			return index.Digest
		}},
		"an index of indexes": {build: func(w *world) digest.Digest {
			inner := w.dev.Platforms("", "v1", "linux/amd64", "linux/arm64")
			w.dev.Sign(inner.Children[1], "alice")
			outer := w.dev.Join("1.0", inner.Digest, w.dev.Single("", "other"))
			w.dev.Sign(outer.Digest, "alice")
			return outer.Digest
		}},
		"attestations and a signed SBOM": {build: func(w *world) digest.Digest {
			d := w.dev.Single("1.0", "v1")
			w.dev.Sign(d, "alice")
			w.dev.Attest(d, "https://slsa.dev/provenance/v1", "https://spdx.dev/Document")
			w.dev.Sign(w.dev.SBOM(d, "{}"), "alice")
			return d
		}},
		"a signature on a signature": {build: func(w *world) digest.Digest {
			d := w.dev.Single("1.0", "v1")
			w.dev.Sign(w.dev.Sign(w.dev.Sign(d, "alice"), "bob"), "carol")
			return d
		}},
		"prefixes and unknown suffixes": {build: func(w *world) digest.Digest {
			d := w.dev.Single("1.0", "v1")
			w.dev.Sign(d, "alice")
			w.dev.SignPrefixed("team-a-", d, "alice")
			w.dev.Suffixed("", d, "vuln.report", "{}")
			w.dev.Suffixed("x_", d, "tomorrow", "{}")
			return d
		}},
		"signed with a prefix alone": {
			args: []string{"--attachment-tag-prefix", "team-a-"},
			build: func(w *world) digest.Digest {
				d := w.dev.Single("1.0", "v1")
				w.dev.SignPrefixed("team-a-", d, "alice")
				return d
			},
		},
		"retagged": {args: []string{"--target-tag", "2.0"}, tag: "2.0", build: signedIndex},
		"renamed":  {args: []string{"--target-docker-image", "released/app"}, image: "released/app", build: signedIndex},
		"renamed and retagged": {
			args: []string{
				"--target-docker-image", "deep/er/app", "--target-tag",
				"stable",
			}, image: "deep/er/app", tag: "stable", build: signedIndex,
		},
		"unsigned, and allowed": {
			args:  []string{"--allow-unsigned"},
			build: func(w *world) digest.Digest { return w.dev.Single("1.0", "v1") },
		},
		"children signed, the root not, and allowed": {
			args: []string{"--allow-unsigned"},
			build: func(w *world) digest.Digest {
				index := w.dev.Platforms("1.0", "v1", "linux/amd64", "linux/arm64")
				w.dev.Sign(index.Children[0], "alice")
				return index.Digest
			},
		},
	}
}

// signedIndex is a 2-platform image with a signature on everything.
func signedIndex(w *world) digest.Digest {
	index := w.dev.Platforms("1.0", "v1", "linux/amd64", "linux/arm64")
	for _, d := range append(index.Children, index.Digest) {
		w.dev.Sign(d, "alice")
	}
	return index.Digest
}

// target returns the image and tag that the promotion is to make.
func (h happy) target(w *world) (fixture.Image, string) {
	image, tag := w.prod, "1.0"
	if h.image != "" {
		image = w.images.Image(prod, h.image)
	}
	if h.tag != "" {
		tag = h.tag
	}
	return image, tag
}

func TestCopy(t *testing.T) {
	t.Parallel()
	for name, h := range happyPaths() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := h.build(w)
			before := look(w.server)
			image, tag := h.target(w)
			args := append([]string{ref(app, "1.0"), dev, prod, "--copy"}, h.args...)
			o := w.promote(args...).ends(exitDone)
			w.whole(before, w.dev, image, tag, root)
			assert.Equal(t, before[w.dev.String()], look(w.server)[w.dev.String()], "the source of a copy")
			assert.EqualValues(t, len(o.log), o.result().HTTP.Requests)
			i := o.image()
			assert.Equal(t, "promoted", i.Outcome)
			assert.Equal(t, root.String(), i.Target.Digest)
			for _, s := range i.Steps {
				assert.Equal(t, "done", s.Outcome, s.Path)
			}
			again := w.promote(args...).ends(exitDone).writesNothing()
			assert.Equal(t, "already-there", again.image().Outcome)
			w.promote(append(args, "--fail-no-op")...).ends(exitNoOp).writesNothing()
		})
	}
}

func TestMove(t *testing.T) {
	t.Parallel()
	for name, h := range happyPaths() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := h.build(w)
			before := look(w.server)
			image, tag := h.target(w)
			args := append([]string{ref(app, "1.0"), dev, prod}, h.args...)
			o := w.promote(args...).ends(exitDone)
			w.whole(before, w.dev, image, tag, root)
			assert.Empty(t, look(w.server).names(w.dev), "what a move leaves behind")
			assert.Equal(t, "move", o.image().Mode)
			again := w.promote(args...)
			require.Equal(t, exitDone, again.code, again.stderr)
			again.writesNothing()
			w.promote(append(args, "--fail-no-op")...).ends(exitNoOp).writesNothing()
		})
	}
}
