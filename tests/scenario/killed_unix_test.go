//go:build unix

package scenario

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// victim is a promotion that is killed.
type victim struct {
	build func(w *world) digest.Digest
	args  []string
}

func victims() map[string]victim {
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
	tag := ref(app, "1.0")
	return map[string]victim{
		"index, copy":                  {signedIndex, []string{tag, dev, prod, "--copy"}},
		"index, move":                  {signedIndex, []string{tag, dev, prod}},
		"index over another, pinned":   {occupied, []string{tag, dev, prod, "--pin"}},
		"index over another, move":     {occupied, []string{tag, dev, prod}},
		"bundle and notation, copy":    {bundled, []string{tag, dev, prod, "--copy"}},
		"bundle and notation, pinned":  {bundled, []string{tag, dev, prod, "--pin"}},
		"every tag of an image, moved": {signedIndex, []string{app, dev, prod}},
	}
}

// TestKilled kills the process itself (SIGKILL) at a request, before and after the server carried it out. The target is
// safe at every change, and the same command finishes.
func TestKilled(t *testing.T) {
	t.Parallel()
	var kills atomic.Int64
	t.Cleanup(func() { t.Logf("killed the process %d times", kills.Load()) })
	for name, v := range victims() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reference := newWorld(t)
			v.build(reference)
			requests := len(reference.promote(v.args...).ends(exitDone).log)
			step := 1
			if !*all {
				step = requests/2 + 1
			}
			for k := 1 + len(name)%step; k <= requests; k += step {
				for _, after := range []bool{false, true} {
					if v.killedAt(t, k, after) {
						kills.Add(1)
					}
				}
			}
		})
	}
}

// killedAt kills one promotion and runs it again. False tells that the run ended before: not every run has as many
// requests.
func (v victim) killedAt(t *testing.T, k int, after bool) (killed bool) {
	t.Helper()
	w := newWorld(t)
	root := v.build(w)
	before := look(w.server)
	killed = w.kill(k, after, v.args...)
	w.promote(v.args...).ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
	if !slices.Contains(v.args, "--copy") {
		require.Empty(t, look(w.server).names(w.dev), "after a kill at request %d, after=%t", k, after)
	}
	return killed
}

// kill runs the plugin and kills it at its kth request, if it makes so many.
func (w *world) kill(k int, after bool, args ...string) (killed bool) {
	w.t.Helper()
	args = append(append([]string{"promote"}, args...), "--url", w.server.URL(), "--user", user, "--password", password)
	cmd := w.command(args...)
	started, dead := make(chan struct{}), make(chan struct{})
	end := func() {
		<-started
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
	close(started)
	err := cmd.Wait()
	close(dead)
	w.server.ClearFaults()
	w.nothingLost()
	w.nothingNested()
	return err != nil
}
