package scenario

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// transferred lets a fleet of signed images, a path each, be copied or moved, and sees that all of them arrived.
func transferred(t *testing.T, w *world, command string, images int, more ...string) outcome {
	t.Helper()
	for n := range images {
		image := w.images.Image(dev, fmt.Sprintf("fleet/app-%03d", n))
		image.Sign(image.Single("1.0", fmt.Sprint("image ", n)), "alice")
	}
	source := look(w.server)
	var o outcome
	// What holds after every single change is checked by the other tests; here it would take very long.
	w.byOthers(func() { o = w.transfer(command, append([]string{dev + "/fleet/*", prod}, more...)...).ends(exitDone) })
	now := look(w.server)
	for n := range images {
		name := fmt.Sprintf("/fleet/app-%03d", n)
		require.Subset(t, now[prod+name], source[dev+name], name)
	}
	return o
}

// Every image costs the same, however many there are; what is the same for all is asked once in a run.
func TestRequestsGrowWithTheImagesAlone(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"copy", "move"} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			requests := map[int]int{}
			for _, images := range []int{10, 20, 100} {
				o := transferred(t, newWorld(t), command, images, "--threads", "8")
				// A last look at a tag is taken again where the machine was slow.
				requests[images] = len(o.log) - count(o.log, "HEAD", "/manifests/1.0")
				assert.Equal(t, 1, count(o.log, "GET", "/api/repositories/"+dev))
				assert.Equal(t, 1, count(o.log, "GET", "/api/repositories/"+prod))
				assert.Equal(t, 1, count(o.log, "POST", "/api/search/aql"))
			}
			each := (requests[20] - requests[10]) / 10
			assert.Equal(t, requests[10]+90*each, requests[100], "%v", requests)
			t.Logf("%s: %d for each image beside looks at tags, and %d for the run", command, each, requests[10]-10*each)
		})
	}
}

func TestTheVersionIsAskedOnceInARun(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 5 {
		w.images.Image(prod, fmt.Sprintf("fleet/app-%03d", n)).Single("1.0", "what is replaced")
	}
	o := transferred(t, w, "copy", 5)
	assert.Equal(t, 1, count(o.log, "GET", "/api/system/version"))
}

func count(log []artifactory.Request, method, path string) int {
	n := 0
	for _, r := range log {
		if r.Method == method && strings.HasSuffix(r.Path, path) {
			n++
		}
	}
	return n
}

// More threads have more requests at one time, and never more than they may.
func TestThreadsDecideHowManyRequestsAreUnderWay(t *testing.T) {
	t.Parallel()
	for threads, bounds := range map[string]struct{ images, least, most int }{
		"1": {5, 1, 7}, "3": {10, 5, 16},
		"16": {40, 17, 64},
	} {
		t.Run(threads, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.SetLatency(20 * time.Millisecond)
			slowAtFirst(w, 4*(bounds.least-1))
			transferred(t, w, "copy", bounds.images, "--threads", threads)
			most := w.server.Stats().InFlight
			assert.GreaterOrEqual(t, most, bounds.least)
			assert.LessOrEqual(t, most, bounds.most)
		})
	}
}

// slowAtFirst lets so many requests of the beginning take so long that they overlap even where the plugin gets few
// turns of the processor.
func slowAtFirst(w *world, requests int) {
	if requests > 0 {
		w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Count: requests}, Delay: 300 * time.Millisecond})
	}
}

// From a server that takes few requests at one time few are refused, and everything arrives. Every request may be the
// one that is too much: reads, searches, questions, and writes, which are looked at before they are sent again. How
// many are sent is a matter of the transport's tests, in a time of their own: here it depends on the load of the
// machine, as does how many begin within a second.
func TestACrowdedServer(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]artifactory.Limit{
		"429":                      {InFlight: 6, RetryAfter: time.Second},
		"429 for all, for a while": {InFlight: 6, RetryAfter: time.Second, Closed: true},
		"503":                      {InFlight: 6, RetryAfter: time.Second, Status: http.StatusServiceUnavailable},
		"so many in a second":      {PerSecond: 250, RetryAfter: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.SetLatency(10 * time.Millisecond)
			w.server.SetLimit(limit)
			if limit.InFlight > 0 {
				slowAtFirst(w, 32)
			}
			o := transferred(t, w, "copy", 40, "--threads", "8")
			refusals := refused(o.log)
			assert.Less(t, refusals, len(o.log)/5)
			if limit.InFlight > 0 || refusals > 0 {
				require.Positive(t, refusals)
				assert.Contains(t, o.stderr, fmt.Sprintf("took no more requests %d times", refusals))
			}
		})
	}
}

// refused counts the refusals.
func refused(log []artifactory.Request) (refusals int) {
	for _, r := range log {
		if r.Status == http.StatusTooManyRequests || r.Status == http.StatusServiceUnavailable {
			refusals++
		}
	}
	return refusals
}

// A server that is shut is told of by its own words, and not asked forever.
func TestAServerThatTakesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.AddFault(artifactory.Fault{Status: http.StatusTooManyRequests, Body: "come back tomorrow"})
	o := w.transfer("copy", dev+"/fleet/*", prod, "--retries", "1", "--retry-wait-time", "1ms").ends(exitFailed)
	assert.Len(t, o.log, 2)
	assert.Contains(t, o.stderr, "come back tomorrow")
}

// Whoever only looks meets the same limit, and sees the same.
func TestAnAuditOfACrowdedServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 60 {
		image := w.images.Image(prod, fmt.Sprintf("fleet/app-%03d", n/10))
		root := image.Platforms(fmt.Sprintf("1.%d", n), fmt.Sprint("image ", n), "linux/amd64", "linux/arm64").Digest
		if n%3 > 0 {
			image.Bundle(root, "https://sigstore.dev/cosign/sign/v1", "alice")
		}
	}
	images := func() any {
		o := w.run("audit", prod, "--format", "json", "--threads", "8").ends(exitFindings)
		var result struct{ Images, Totals any }
		require.NoError(t, json.Unmarshal([]byte(o.stdout), &result))
		return result
	}
	want := images()
	w.server.SetLatency(10 * time.Millisecond)
	w.server.SetLimit(artifactory.Limit{InFlight: 5, RetryAfter: time.Second})
	assert.Equal(t, want, images())
	assert.Positive(t, w.server.Stats().Limited)
}

// Tags of one image that have nothing in common go together, and their folders are read once; those that share a child,
// a signature or all of it wait for each other, and what they share arrives once.
func TestTagsOfOneImageGoTogether(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"copy":    {"copy", dev + "/" + app, prod},
		"promote": {"promote", app, dev, prod, "--copy"},
		"renamed": {"copy", dev + "/" + app, prod + "/released/app"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.server.SetLatency(20 * time.Millisecond)
			for n := range 24 {
				w.dev.Sign(w.dev.Single(fmt.Sprintf("1.%d", n), fmt.Sprint("image ", n)), "alice")
			}
			o := w.run(append(args, "--threads", "8", "--format", "json")...).ends(exitDone)
			assert.Greater(t, w.server.Stats().InFlight, 8)
			target := o.result().Images[0].Target
			assert.True(t, maps.Equal(look(w.server)[dev+"/"+app], look(w.server)[prod+"/"+target.Image]))
			listed := slices.DeleteFunc(slices.Clone(o.log), func(r artifactory.Request) bool { return r.Query != "" })
			assert.Equal(t, 1, count(listed, "GET", "/api/storage/"+prod+"/"+target.Image))

			shared := w.dev.Platforms("2.0", "shared", "linux/amd64", "linux/arm64")
			for n := range 8 {
				w.dev.Sign(w.dev.Join(fmt.Sprintf("2.%d", n), shared.Children[n%2], w.dev.Single("", fmt.Sprint("own ", n))).Digest,
					"alice")
				w.dev.Again(fmt.Sprintf("latest-%d", n), shared.Digest)
			}
			w.dev.Sign(shared.Digest, "alice")
			w.dev.Sign(shared.Children[0], "alice")
			w.dev.Bundle(shared.Digest, "https://sigstore.dev/cosign/sign/v1", "alice")
			again := w.run(append(args, "--threads", "8", "--format", "json")...).ends(exitDone)
			assert.True(t, maps.Equal(look(w.server)[dev+"/"+app], look(w.server)[prod+"/"+target.Image]))
			written := map[string]int{}
			for _, i := range again.result().Images {
				for _, s := range i.Steps {
					written[s.Path]++
				}
			}
			for path, times := range written {
				assert.Equal(t, 1, times, path)
			}
		})
	}
}

// A move goes by all that the source image still holds: its tags wait for each other, and what they share goes with the
// last of them.
func TestTagsOfOneImageAreMovedOneByOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.SetLatency(10 * time.Millisecond)
	shared := w.dev.Platforms("3.0", "shared", "linux/amd64", "linux/arm64")
	w.dev.Sign(shared.Digest, "alice")
	for n := range 6 {
		w.dev.Sign(w.dev.Single(fmt.Sprintf("1.%d", n), fmt.Sprint("own ", n)), "alice")
		w.dev.Sign(w.dev.Join(fmt.Sprintf("2.%d", n), shared.Children[n%2], w.dev.Single("", fmt.Sprint("own ", n))).Digest,
			"alice")
	}
	before := look(w.server)[dev+"/"+app]
	o := w.run("move", dev+"/"+app, prod, "--threads", "8", "--format", "json").ends(exitDone)
	assert.True(t, maps.Equal(before, look(w.server)[prod+"/"+app]))
	assert.Empty(t, look(w.server)[dev+"/"+app], "nothing is left that all of them needed")
	writes := slices.DeleteFunc(o.log, func(r artifactory.Request) bool { return !r.Changed })
	slices.SortFunc(writes, func(a, b artifactory.Request) int { return a.Start.Compare(b.Start) })
	promoted := 0
	for _, r := range writes {
		switch {
		case strings.HasSuffix(r.Path, "/promote"):
			promoted++
		case r.Method == http.MethodDelete && isImageTag(path.Base(r.Path)):
			promoted--
		}
		assert.LessOrEqual(t, promoted, 1, "a tag is promoted before the one before it is gone")
	}
}
