package scenario

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// What else is in the image and cannot be read may need what a move is about to delete: nothing is changed.
func TestAMoveDeletesNothingThatADeniedTagMayNeed(t *testing.T) {
	t.Parallel()
	for _, denied := range []string{"2.0", "by digest"} {
		for _, listed := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, with a file list: %v", denied, listed), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				if !listed {
					w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Path: `/api/storage/.*[?&]list`}, Status: http.StatusForbidden})
				}
				one := w.dev.Platforms("1.0", "v1", "linux/amd64", "linux/arm64")
				w.dev.Sign(one.Digest, "alice")
				tag, shown := "2.0", denied
				if denied == "by digest" {
					tag = ""
				}
				two := w.dev.Join(tag, one.Children[0])
				if denied == "by digest" {
					shown = two.Digest.String()
				}
				w.server.AddFault(artifactory.Denied(w.dev.String(), shown))
				o := w.promote(ref(app, "1.0"), dev, prod).ends(exitFailed)
				assert.Contains(t, o.stderr, shownAndDenied)
				o.changesNothing()
			})
		}
	}
}

// A tag of the target's that holds an attachment is not replaced because its manifest is denied.
func TestADeniedTargetTagIsNotReplaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	sbom := w.prod.Attach(w.prod.Single("0.9", "v0"), fixture.Artifact{Type: "application/spdx+json"})
	w.prod.Again("sbom", sbom)
	w.byOthers(func() { w.server.DeleteTag(prod, app, "sha256:"+sbom.Encoded()) })
	denied := artifactory.Denied(w.prod.String(), "sbom")
	denied.Match.Method = http.MethodGet
	w.server.AddFault(denied)
	o := w.promote(ref(app, "1.0"), dev, prod, "--copy", "--target-tag", "sbom").ends(exitFailed).changesNothing()
	assert.Contains(t, o.stderr, shownAndDenied)
}

// Files that are not listed are not all there.
func TestStatusOfAFolderWithoutAList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	w.server.AddFault(artifactory.Fault{
		Match:  artifactory.Match{Path: `/api/storage/.*[?&]list`},
		Status: http.StatusOK, Body: `{"files":[]}`, Header: http.Header{"Content-Type": {"application/json"}},
	})
	o := w.status(dev + "/" + ref(app, "1.0")).ends(exitFindings)
	assert.Contains(t, o.stdout, "could not be told whether all files are there")
}
