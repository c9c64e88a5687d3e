package scenario

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// A run that is cut off while it keeps something leaves a folder with blobs alone. The rerun does not take that for
// what is to be kept.
func TestARerunKeepsWhatTheFirstRunCouldNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	piece, _ := inPieces(w.prod, "2.0", "amd64")
	d := w.dev.Single("amd64", "newer")
	w.dev.Sign(d, "alice")
	w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Method: http.MethodPut, Path: "/manifests/" +
		piece.String()}, Status: http.StatusForbidden})
	w.promote(ref(app, "amd64"), dev, prod, "--copy").ends(exitFailed)
	w.server.ClearFaults()
	w.promote(ref(app, "amd64"), dev, prod, "--copy").ends(exitDone)
	now := look(w.server)[w.prod.String()]
	assert.Equal(t, d, now["amd64"])
	assert.Equal(t, piece, now["sha256:"+piece.Encoded()])
	m, _ := w.images.Manifest(piece)
	w.files(w.server.Snapshot(), w.prod, "sha256:"+piece.Encoded(), m)
}

// The same for a record that is a referrer as well.
func TestARerunKeepsTheRecordThatTheFirstRunCouldNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.waives = []string{w.prod.String()}
	d := w.dev.Single("1.0", "v1")
	w.dev.Sign(d, "alice")
	w.dev.SBOM(d, `{"spdxVersion":"SPDX-2.3"}`)
	w.prod.Single("1.0", "v1")
	theirs := w.prod.Attach(d, fixture.Artifact{Type: "application/spdx+json"})
	w.prod.Again(fixture.SuffixTag("", d, "sbom"), theirs)
	w.byOthers(func() {
		w.server.DeleteTag(prod, app, "sha256:"+theirs.Encoded())
		w.server.PutFile(prod, app+"/sha256:"+theirs.Encoded()+"/sha256__"+theirs.Encoded(), []byte("a blob"), nil)
	})
	w.promote(ref(app, "1.0"), dev, prod, "--copy", "--on-conflict", "replace").ends(exitDone)
	assert.Equal(t, theirs, look(w.server)[w.prod.String()]["sha256:"+theirs.Encoded()])
}

// Two tags of the target hold the same, and one run replaces both: neither holds it for the other.
func TestTagsThatAreReplacedTogetherHoldNothingForEachOther(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"every tag": {"promote", app, dev, prod, "--copy"}, "a pattern": {
			"copy", dev + "/" + app + ":a*",
			prod,
		}, "a move": {"promote", app, dev, prod},
		"a build": {"build-promote", buildName, buildNumber, prod, "--copy"},
	} {
		for _, threads := range []string{"1", "3"} {
			t.Run(name+", "+threads, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				piece, _ := inPieces(w.prod, "2.0", "amd64")
				w.prod.Again("amd64-v1", piece)
				for _, tag := range []string{"amd64", "amd64-v1"} {
					w.dev.Sign(w.dev.Single(tag, "newer "+tag), "alice")
				}
				if args[0] == "build-promote" {
					w.publish("", w.built(w.dev, "amd64"), w.built(w.dev, "amd64-v1"))
				}
				w.run(append(args, "--threads", threads, "--format", "json")...).ends(exitDone)
				assert.Equal(t, piece, look(w.server)[w.prod.String()]["sha256:"+piece.Encoded()])
				assert.Empty(t, w.status(prod + "/" + ref(app, "2.0")).ends(exitDone).state().Images[0].Findings)
			})
		}
	}
}

// The same for something that is attached, and found by these tags alone: they are not replaced.
func TestTagsThatAreReplacedTogetherHoldNoAttachmentForEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	subject := w.prod.Single("subject", "v1")
	w.prod.Sign(subject, "alice")
	attached := w.prod.Attach(subject, fixture.Artifact{Type: "application/vnd.example"})
	w.prod.Again("r1", attached)
	w.prod.Again("r2", attached)
	w.byOthers(func() { w.server.DeleteTag(prod, app, attached.String()) })
	for _, tag := range []string{"r1", "r2"} {
		w.dev.Sign(w.dev.Single(tag, "newer "+tag), "alice")
	}
	w.run("promote", app, dev, prod, "--copy", "--threads", "3", "--format", "json")
	now := look(w.server)[w.prod.String()]
	assert.Contains(t, []any{now["r1"], now["r2"]}, attached)
}
