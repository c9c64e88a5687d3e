package scenario

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// versions are the behaviours of servers that can matter for images with suffix tags.
func versions() map[string]func(k *artifactory.Knobs) {
	return map[string]func(k *artifactory.Knobs){
		"promote answers nothing":    func(k *artifactory.Knobs) { k.PromoteBody = artifactory.PromoteEmpty },
		"promote answers JSON":       func(k *artifactory.Knobs) { k.PromoteBody = artifactory.PromoteJSON },
		"promote file by file":       func(k *artifactory.Knobs) { k.PromoteOrder = slices.Clone[[]string] },
		"promote manifest first":     func(k *artifactory.Knobs) { k.PromoteOrder = reversed },
		"promote tags the children":  func(k *artifactory.Knobs) { k.PromoteArchTags = true },
		"promote carries referrers":  func(k *artifactory.Knobs) { k.PromoteCarriesReferrers = true },
		"promote moves shared":       func(k *artifactory.Knobs) { k.PromoteMovesSharedChildren = true },
		"promote takes subfolders":   func(k *artifactory.Knobs) { k.PromoteTakesSubfolders = true },
		"copy by transactions":       func(k *artifactory.Knobs) { k.CopyMultiTx = true },
		"copy errors by code":        func(k *artifactory.Knobs) { k.CopyErrorStatus = 0 },
		"copy errors with 200":       func(k *artifactory.Knobs) { k.CopyErrorStatus = http.StatusOK },
		"no referrers API":           func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff },
		"referrers API 405":          func(k *artifactory.Knobs) { k.ReferrersStatus = http.StatusMethodNotAllowed },
		"referrers API with charset": func(k *artifactory.Knobs) { k.ReferrersCharset = true },
		"referrers API by pages":     func(k *artifactory.Knobs) { k.ReferrersPageSize = 1 },
		"referrers after copies":     func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOnPushAndCopy },
		"a referrers file":           func(k *artifactory.Knobs) { k.ReferrersFile = true },
		"late tag lists":             func(k *artifactory.Knobs) { k.TagsDelay = 50 },
		"short tag lists":            func(k *artifactory.Knobs) { k.TagsPageSize, k.TagsHideFallback = 1, true },
		"blobs of the repository":    func(k *artifactory.Knobs) { k.BlobScope = artifactory.SameRepository },
		"blobs of all":               func(k *artifactory.Knobs) { k.BlobScope = artifactory.AllReadable },
		"strict tag overwrite":       func(k *artifactory.Knobs) { k.StrictTagOverwrite = true },
		"no SHA-256":                 func(k *artifactory.Knobs) { k.NoSHA256 = true },
		"hidden":                     func(k *artifactory.Knobs) { k.HideUnauthorized = true },
		"redirected downloads":       func(k *artifactory.Knobs) { k.RedirectDownloads = true },
		"AQL is off":                 func(k *artifactory.Knobs) { k.AQLStatus = http.StatusTooManyRequests },
		"Accept is not strict":       func(k *artifactory.Knobs) { k.StrictAccept = false },
	}
}

func reversed(steps []string) []string {
	out := slices.Clone(steps)
	slices.Reverse(out)
	return out
}

func TestVersions(t *testing.T) {
	t.Parallel()
	for name, knob := range versions() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, artifactory.WithKnobs(knob))
			root := signedIndex(w)
			w.prod.Single("1.0", "old")
			w.prod.Sign(root, "alice", "bob")
			before := look(w.server)
			w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", root)
			assert.Empty(t, look(w.server).names(w.dev))
			w.promote(ref(app, "1.0"), dev, prod).ends(exitDone).writesNothing()
		})
	}
}

// Where Artifactory does not promote single tags of oci and federated repositories, the image is put together from its
// parts: the server links its blobs, also those of platforms, and the manifests are written by their bytes.
func TestPromoteRefusesOCI(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--copy"},
		{"--retries=1"},
		{"--pin"},
		{"--target-tag", "2.0", "--target-docker-image", "other/app"},
	} {
		w := newWorld(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.PromoteRefusesOCI = true }))
		for _, key := range []string{"oci-dev", "oci-prod"} {
			w.server.AddRepository(artifactory.Repository{Key: key, PackageType: "oci"})
		}
		from, to, tag := w.images.Image("oci-dev", app), w.images.Image("oci-prod", app), "1.0"
		if len(args) > 2 {
			to, tag = w.images.Image("oci-prod", args[3]), args[1]
		}
		index := from.Platforms("1.0", "v1", "linux/amd64", "linux/arm64")
		for _, d := range append(index.Children, index.Digest) {
			from.Sign(d, "alice")
		}
		to.Sign(to.Single(tag, "old"), "bob")
		before := look(w.server)
		w.promote(append(args, ref(app, "1.0"), "oci-dev", "oci-prod")...).ends(exitDone)
		w.whole(before, from, to, tag, index.Digest)
		if args[0] != "--copy" {
			assert.Empty(t, look(w.server).names(from))
		}
	}
}

// troubles are faults that pass, or do not.
func troubles() map[string]artifactory.Fault {
	const (
		copyPath    = "api/copy/.*sig\\?to="
		promotePath = "v2/promote$"
	)
	slow := http.Header{"Retry-After": {"1"}}
	cut := func(path string, before bool) artifactory.Fault {
		return artifactory.Fault{
			Match: artifactory.Match{Method: "POST", Path: path, Nth: 1}, CutBefore: before,
			CutAfter: !before,
		}
	}
	status := func(method, path string, code int, header http.Header) artifactory.Fault {
		return artifactory.Fault{Match: artifactory.Match{Method: method, Path: path, Nth: 1}, Status: code, Header: header}
	}
	return map[string]artifactory.Fault{
		"503 on the folder":    status("GET", "api/storage/", http.StatusServiceUnavailable, nil),
		"429 on the manifest":  status("GET", "manifests/", http.StatusTooManyRequests, slow),
		"503 on the referrers": status("GET", "referrers/", http.StatusServiceUnavailable, slow),
		"a manifest cut short": {
			Match:    artifactory.Match{Method: "GET", Path: "manifests/", Nth: 1},
			Truncate: true,
		},
		"a referrers list cut short": {
			Match:    artifactory.Match{Method: "GET", Path: "referrers/", Nth: 1},
			Truncate: true,
		},
		"503 on a copy":                  status("POST", copyPath, http.StatusServiceUnavailable, nil),
		"a copy cut before":              cut(copyPath, true),
		"a copy cut after":               cut(copyPath, false),
		"503 on the promotion":           status("POST", promotePath, http.StatusServiceUnavailable, nil),
		"429 on the promotion":           status("POST", promotePath, http.StatusTooManyRequests, slow),
		"the promotion cut before":       cut(promotePath, true),
		"the promotion cut after":        cut(promotePath, false),
		"503 on a delete":                status("DELETE", "", http.StatusServiceUnavailable, nil),
		"a delete cut after":             {Match: artifactory.Match{Method: "DELETE", Nth: 1}, CutAfter: true},
		"503 on the question beforehand": status("POST", "dry=1", http.StatusServiceUnavailable, nil),
	}
}

// Trouble that passes is overcome within the run; with --retries 0, or when it lasts, the run fails cleanly and the
// same command completes it.
func TestTroubles(t *testing.T) {
	t.Parallel()
	for name, fault := range troubles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := signedIndex(w)
			before := look(w.server)
			w.server.AddFault(fault)
			w.promote(ref(app, "1.0"), dev, prod, "--retry-wait-time", "10ms").ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", root)
			assert.Empty(t, look(w.server).names(w.dev))
		})
		t.Run(name+" for good", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := signedIndex(w)
			before := look(w.server)
			lasting := fault
			lasting.Match.Nth, lasting.Header = 0, nil
			w.server.AddFault(lasting)
			o := w.promote(ref(app, "1.0"), dev, prod, "--retries", "1", "--retry-wait-time", "10ms")
			if o.code != exitDone {
				o.ends(exitFailed)
				assert.Equal(t, 1, o.errors(), o.stderr)
				assert.NotRegexp(t, doubled, o.stderr)
				t.Log(o.stderr)
			}
			w.server.ClearFaults()
			w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", root)
			assert.Empty(t, look(w.server).names(w.dev))
		})
	}
}

// Whatever the server answers while attachments are looked for, but "not there" or "no such API", is never "no
// signatures".
func TestAnErrorIsNeverNoSignatures(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"referrers/", "manifests/sha256-.*sig$", "api/storage/"} {
		for _, code := range []int{
			http.StatusUnauthorized, http.StatusForbidden, http.StatusInternalServerError,
			http.StatusTeapot,
		} {
			t.Run(path+http.StatusText(code), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				signedIndex(w)
				w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Method: "GET", Path: path}, Status: code})
				o := w.promote(ref(app, "1.0"), dev, prod, "--allow-unsigned", "--retries", "0").ends(exitFailed).changesNothing()
				assert.Equal(t, 1, o.errors(), o.stderr)
				t.Log(o.stderr)
			})
		}
	}
}

// A slow server is waited for.
func TestLatency(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := signedIndex(w)
	before := look(w.server)
	w.server.SetLatency(20 * time.Millisecond)
	w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
}
