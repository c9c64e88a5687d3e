package scenario

import (
	"net/http"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

func promotions() artifactory.Match {
	return artifactory.Match{Method: http.MethodPost, Path: "/v2/promote"}
}

// A promotion that an earlier command of somebody else left half done shows its tag already; the next run finds what
// lacks and links it.
func TestHalfDonePromotionIsCompleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	whole := w.server.Snapshot()
	for file := range whole {
		if strings.HasPrefix(file, w.prod.String()+"/1.0/sha256__") {
			w.server.DeletePath(prod, strings.TrimPrefix(file, prod+"/"))
			break
		}
	}
	again := w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	assert.Equal(t, "link-blobs", again.result().Images[0].Steps[0].Action)
	assert.Equal(t, whole, w.server.Snapshot())
	assert.Equal(t, "already-there", w.promote(ref(app, "1.0"), dev, prod,
		"--copy").ends(exitDone).result().Images[0].Outcome)
}

// A refusal of a promotion between docker repositories is shown, and no other way is tried.
func TestRefusedPromotionStaysRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	body := `{"errors":[{"status":400,"message":"promotion of this image violates policy 7"}]}`
	w.server.AddFault(artifactory.Fault{
		Match: promotions(), Status: http.StatusBadRequest, Body: body,
		Header: http.Header{"Content-Type": {"application/json"}},
	})
	assert.Contains(t, w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitFailed).stderr, "violates policy 7")
	assert.NotContains(t, look(w.server)[w.prod.String()], "1.0")
}

// A signature that is taken away right after the tag was set is brought again; where it does not stay, the tag goes.
func TestSignatureTakenRightAfterTheTag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	sig := fixture.SuffixTag("", root, "sig")
	w.dev.Sign(root, "alice")
	w.server.AddFault(artifactory.Fault{Match: promotions(), After: func() { w.server.DeletePath(prod, app+"/"+sig) }})
	w.byOthers(func() {
		assert.Contains(t, w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone).stdout, "was brought again")
	})
	assert.Contains(t, look(w.server)[w.prod.String()], sig)

	few := newWorld(t)
	few.server.AddRepository(artifactory.Repository{Key: prod, MaxUniqueTags: 1})
	few.server.SetKnobs(func(k *artifactory.Knobs) { k.PromoteEvicts = true })
	few.dev.Sign(few.dev.Single("1.0", "v1"), "alice")
	few.byOthers(func() {
		assert.Contains(t, few.promote(ref(app, "1.0"), dev, prod).ends(exitFailed).stderr, "maxUniqueTags")
	})
	assert.NotContains(t, look(few.server)[few.prod.String()], "1.0", "a tag without its signature")
	assert.Contains(t, look(few.server)[few.dev.String()], "1.0")
}

// A target without a referrers API is served by the fallback tag, whatever the source has.
func TestTargetWithoutReferrersAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.server.SetKnobs(func(k *artifactory.Knobs) {
		k.ReferrersOffIn = []string{prod}
		k.ChecksumDeployStatus = http.StatusMethodNotAllowed
	})
	root := w.dev.Single("1.0", "v1")
	w.dev.Bundle(root, "https://sigstore.dev/cosign/sign/v1", "alice")
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	assert.Contains(t, look(w.server)[w.prod.String()], fixture.FallbackTag(root))
}

// What a promotion or a copy left half done is shown by status, on either side and in every folder, also where the
// server returns no file list.
func TestStatusShowsWhatLacksFiles(t *testing.T) {
	t.Parallel()
	for name, refused := range map[string]bool{"by a file list": false, "folder by folder": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.dev.Bundle(signedIndex(w), "https://sigstore.dev/cosign/sign/v1", "bob")
			w.dev.Single("2.0", "v2")
			w.promote(app, dev, prod, "--copy", "--allow-unsigned").ends(exitDone)
			if refused {
				w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Path: `\?.*list`}, Status: http.StatusForbidden})
			}
			assert.Empty(t, w.incomplete())
			seen := map[string]bool{}
			for file, sum := range w.server.Snapshot() {
				folder, blob, isBlob := strings.Cut(file, "/sha256__")
				if !isBlob || seen[folder] || strings.Contains(folder, "/_") {
					continue
				}
				seen[folder] = true
				repo, path, _ := strings.Cut(file, "/")
				content, _ := w.server.Content(sum)
				w.byOthers(func() { w.server.DeletePath(repo, path) })
				assert.Contains(t, w.incomplete(), folder+" lacks files that its manifest names: sha256:"+blob)
				w.byOthers(func() { w.server.PutFile(repo, path, content, nil) })
			}
			assert.Len(t, seen, 2*7, "a tag, the platforms of another, the signatures of those and their index, and a bundle, at both sides")
		})
	}
}

// incomplete returns what status finds in both tags, compared with the target.
func (w *world) incomplete() string {
	w.t.Helper()
	var all []string
	compared := w.status(dev+"/"+app, "--target-repo", prod).writesNothing()
	for _, i := range compared.state().Images {
		all = append(all, i.Findings...)
		for _, one := range i.Incomplete {
			assert.Contains(w.t, strings.Join(i.Findings, "\n"), one.Path)
			assert.Len(w.t, one.Lacks, 1)
		}
	}
	assert.Equal(w.t, len(all) > 0, compared.code == exitFindings)
	return strings.Join(all, "\n")
}

// What a file list does not show at all proves nothing, neither that files are missing nor that all are there; a
// platform counts that a tag holds whole; and where there is no answer, status says so.
func TestStatusClaimsNoMoreThanItSees(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	child := w.childOf(signedIndex(w))
	blob := ""
	for file := range w.server.Snapshot() {
		if strings.HasPrefix(file, dev+"/"+app+"/"+child+"/sha256__") {
			blob = strings.TrimPrefix(file, dev+"/")
		}
	}
	content, _ := w.server.Content(strings.TrimPrefix(child, "sha256:"))
	w.server.PutManifest(dev, app, "1.0-amd64", ocispec.MediaTypeImageManifest, content)
	w.server.DeletePath(dev, blob)
	image := dev + "/" + ref(app, "1.0")
	w.status(image).ends(exitDone)
	w.server.DeleteTag(dev, app, "1.0-amd64")
	w.status(image).ends(exitFindings)
	assert.Contains(t, w.run("status", image).ends(exitFindings).stdout, "lacks files")

	lists := artifactory.Match{Path: `\?.*list`}
	w.server.AddFault(artifactory.Fault{Match: lists, Status: http.StatusOK, Body: `{"files":[]}`})
	findings := strings.Join(w.status(image).ends(exitFindings).state().Images[0].Findings, "\n")
	assert.Contains(t, findings, "could not be told", "the folders are shown")
	assert.NotContains(t, findings, "lacks files")
	w.server.ClearFaults()
	w.server.AddFault(artifactory.Fault{Match: lists, Status: http.StatusInternalServerError})
	assert.Contains(t, strings.Join(w.status(image, "--retries", "0").ends(exitFindings).state().Images[0].Findings, ""),
		"could not be told")
}
