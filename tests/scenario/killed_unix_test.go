//go:build unix

package scenario

import (
	"flag"
	"sync/atomic"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// all makes TestKilled kill the process at every request; `make sweep` sets it.
var all = flag.Bool("scenario.all", false, "kill the process at every request")

// victims are the promotions that are killed.
func victims() map[string]struct {
	build func(w *world) digest.Digest
	args  []string
} {
	type victim = struct {
		build func(w *world) digest.Digest
		args  []string
	}
	occupied := func(w *world) digest.Digest {
		w.prod.Sign(w.prod.Single("1.0", "old"), "bob")
		root := signedIndex(w)
		w.prod.Sign(root, "bob")
		return root
	}
	bundled := func(w *world) digest.Digest {
		root := w.dev.Single("1.0", "v1")
		w.dev.Bundle(root, "https://sigstore.dev/cosign/sign/v1", "alice")
		w.dev.Notation(root, "alice")
		return root
	}
	return map[string]victim{
		"index, copy":                  {signedIndex, []string{"--copy"}},
		"index, move":                  {signedIndex, nil},
		"index over another, pinned":   {occupied, []string{"--pin"}},
		"index over another, move":     {occupied, nil},
		"bundle and notation, copy":    {bundled, []string{"--copy"}},
		"bundle and notation, move":    {bundled, []string{"--pin"}},
		"every tag of an image, moved": {signedIndex, []string{"every tag"}},
	}
}

// TestKilled kills the process itself (SIGKILL) at a request, before and after the server carried it out. The target is safe at every
// change, and the same command finishes.
func TestKilled(t *testing.T) {
	t.Parallel()
	var kills atomic.Int64
	t.Run("kill", func(t *testing.T) {
		for name, v := range victims() {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				image, args := ref(app, "1.0"), v.args
				if len(args) > 0 && args[0] == "every tag" {
					image, args = app, nil
				}
				args = append([]string{image, dev, prod}, args...)
				reference := newWorld(t)
				v.build(reference)
				requests := len(reference.promote(args...).ends(exitDone).log)
				step := 1
				if !*all {
					step = requests/2 + 1
				}
				for k := 1 + len(name)%step; k <= requests; k += step {
					for _, after := range []bool{false, true} {
						kills.Add(1)
						killedAt(t, v.build, args, k, after)
					}
				}
			})
		}
	})
	t.Logf("killed the process %d times", kills.Load())
}

func killedAt(t *testing.T, build func(w *world) digest.Digest, args []string, k int, after bool) {
	t.Helper()
	w := newWorld(t)
	root := build(w)
	before := look(w.server)
	moves := args[len(args)-1] != "--copy"
	w.kill(k, after, args...)
	w.promote(args...).ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
	if moves {
		require.Empty(t, look(w.server).names(w.dev), "after a kill at request %d, after=%t", k, after)
	}
}

// kill runs the plugin and kills it at its kth request.
func (w *world) kill(k int, after bool, args ...string) {
	w.t.Helper()
	args = append(append([]string{"promote"}, args...), "--url", w.server.URL(), "--user", user, "--password", password)
	cmd := w.command(args...)
	dead := make(chan struct{})
	end := func() {
		_ = cmd.Process.Kill()
		<-dead
	}
	fault := artifactory.Fault{Match: artifactory.Match{Nth: k}, Before: end}
	if after {
		fault = artifactory.Fault{Match: artifactory.Match{Nth: k}, After: end}
	}
	w.server.AddFault(fault)
	w.begin()
	require.NoError(w.t, cmd.Start())
	err := cmd.Wait()
	close(dead)
	assert.Error(w.t, err, "it was killed")
	w.server.ClearFaults()
	w.nothingLost()
	w.nothingNested()
}
