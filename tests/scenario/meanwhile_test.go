package scenario

import (
	"strings"
	"sync"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// meanwhile lets somebody else change the server, once, as soon as the run has made a folder of the target image.
func (w *world) meanwhile(folder string, change func()) {
	var once sync.Once
	w.server.OnChange(func() {
		if _, there := look(w.server)[w.prod.String()][folder]; there {
			once.Do(change)
		}
	})
}

// A source tag that is pushed again while attachments are carried is not promoted: what is attached to the new image is
// not known.
func TestSourcePushedAgainBeforeThePromotion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Platforms("1.0", "v1", "linux/amd64").Digest
	w.dev.Sign(root, "alice")
	w.meanwhile(fixture.SuffixTag("", root, "sig"), func() { w.dev.Platforms("1.0", "v2", "linux/amd64") })
	w.promote(ref(app, "1.0"), dev, prod).ends(exitFailed).tells("source", "pushed again", "Run the command again")
	assert.NotContains(t, look(w.server)[w.prod.String()], "1.0")
}

// A move deletes nothing at the source that was written, or is needed, since it looked.
func TestSourceChangedBeforeTheDeletes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world, index fixture.Index)
		// stays reports what has to be at the source after the run.
		stays func(index fixture.Index) []string
		ends  int
	}{
		"the tag is pushed again": {
			func(w *world, _ fixture.Index) { w.dev.Platforms("1.0", "v2", "linux/amd64") },
			func(fixture.Index) []string { return []string{"1.0"} },
			exitDone,
		},
		"another tag needs a child": {
			func(w *world, index fixture.Index) { w.dev.Join("other", index.Children[0]) },
			func(index fixture.Index) []string {
				return []string{"other", index.Children[0].String(), fixture.SuffixTag("", index.Children[0], "sig")}
			},
			exitDone,
		},
		"a signature is added": {
			func(w *world, index fixture.Index) { w.dev.Sign(index.Digest, "alice", "bob") },
			func(index fixture.Index) []string { return []string{"1.0", fixture.SuffixTag("", index.Digest, "sig")} },
			exitFailed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			index := w.dev.Platforms("1.0", "v1", "linux/amd64")
			for _, d := range []digest.Digest{index.Digest, index.Children[0]} {
				w.dev.Sign(d, "alice")
			}
			w.meanwhile("1.0", func() { c.change(w, index) })
			o := w.promote(ref(app, "1.0"), dev, prod).ends(c.ends)
			assert.Equal(t, index.Digest, look(w.server)[w.prod.String()]["1.0"])
			assert.Subset(t, look(w.server).names(w.dev), c.stays(index))
			t.Log(strings.Join(o.image().Warnings, "\n"))
		})
	}
}

// Somebody else's image under the target tag, pushed while this run promotes, is noticed.
func TestTargetPushedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Platforms("1.0", "v1", "linux/amd64").Digest
	w.dev.Sign(root, "alice")
	w.meanwhile("1.0", func() { w.prod.Platforms("1.0", "theirs", "linux/amd64") })
	w.promote(ref(app, "1.0"), dev, prod).ends(exitFailed).tells("target", "holds", "Somebody else")
	assert.Contains(t, look(w.server)[w.dev.String()], "1.0", "a move deletes nothing of what did not arrive")
}

// Two runs at once do not get into each other's way for good: whatever either says, the image arrives whole. What they
// may leave is a folder in itself, <tag>/<tag>, that nobody reads: when both find a record absent, both copy its
// folder, and Artifactory puts the second copy inside the first.
func TestTwoRunsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mayNest = true
	root := signedIndex(w)
	before := look(w.server)
	w.begin()
	var group sync.WaitGroup
	for range 2 {
		cmd := w.command("promote", ref(app, "1.0"), dev, prod, "--copy", "--url", w.server.URL(), "--user", user,
			"--password", password)
		group.Go(func() { _ = cmd.Run() })
	}
	group.Wait()
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
}
