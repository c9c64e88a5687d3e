package scenario

import (
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// A move that was cut off at any of its requests is completed by the same command.
func TestInterruptedMove(t *testing.T) {
	t.Parallel()
	reference := newWorld(t)
	signedIndex(reference)
	requests := len(reference.promote(ref(app, "1.0"), dev, prod).ends(exitDone).log)
	require.Greater(t, requests, 20)
	for _, after := range []bool{false, true} {
		// Every fourth request, in two series that start apart.
		first := 1
		if after {
			first = 3
		}
		for k := first; k <= requests+2; k += 4 {
			w := newWorld(t)
			root := signedIndex(w)
			before := look(w.server)
			w.server.CrashAt(k, after)
			w.promote(ref(app, "1.0"), dev, prod, "--retries", "0")
			w.server.ClearFaults()
			w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", root)
			assert.Empty(t, look(w.server).names(w.dev), "after a crash at request %d", k)
		}
	}
}

// A copy that replaces a tag and adds to a record is safe at every request, too.
func TestInterruptedReplacement(t *testing.T) {
	t.Parallel()
	const last = 40
	for k := 2; k <= last; k += 5 {
		w := newWorld(t)
		w.prod.Sign(w.prod.Single("1.0", "old"), "alice")
		root := deep(w)
		w.dev.Sign(root, "alice", "bob")
		w.prod.Sign(root, "bob")
		before := look(w.server)
		w.server.CrashAt(k, k%2 == 0)
		w.promote(ref(app, "1.0"), dev, prod, "--copy", "--retries", "0")
		w.server.ClearFaults()
		w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
		w.whole(before, w.dev, w.prod, "1.0", root)
		w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone).writesNothing()
	}
}

// deep is an image with children of children, and with signatures on what is attached to it.
func deep(w *world) digest.Digest {
	inner := w.dev.Platforms("", "v1", "linux/amd64")
	outer := w.dev.Join("1.0", inner.Digest)
	w.dev.Sign(w.dev.Sign(w.dev.Sign(outer.Digest, "alice"), "bob"), "carol")
	w.dev.Sign(w.dev.SBOM(inner.Children[0], "{}"), "alice")
	return outer.Digest
}

// A move that was cut off between any two of its deletes, of one tag and of all.
func TestMoveInterruptedBetweenDeletes(t *testing.T) {
	t.Parallel()
	const deletes = 8 // the tag, two manifests below it, five records
	for name, image := range map[string]string{"one tag": ref(app, "1.0"), "every tag": app} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 1; n <= deletes; n++ {
				w := newWorld(t)
				root := deep(w)
				before := look(w.server)
				// The nth delete and all that follows it is cut before it is carried out.
				w.server.AddFault(artifactory.Fault{
					Match:     artifactory.Match{Method: "DELETE", Nth: n, Count: deletes},
					CutBefore: true,
				})
				w.promote(image, dev, prod, "--retries", "0").ends(exitFailed)
				w.server.ClearFaults()
				o := w.promote(image, dev, prod).ends(exitDone)
				w.whole(before, w.dev, w.prod, "1.0", root)
				require.Empty(t, look(w.server).names(w.dev), "the first %d deletes were carried out", n-1)
				assert.Len(t, o.image().Steps, deletes-n+1)
			}
		})
	}
}
