package scenario

import (
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

func TestStatusOfOneImage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := deep(w)
	o := w.status(dev + "/" + ref(app, "1.0")).ends(exitDone).writesNothing()
	s := o.state()
	assert.EqualValues(t, "success", s.Status)
	require.Len(t, s.Images, 1)
	assert.True(t, s.Images[0].Signed)
	assert.Len(t, s.Images[0].Manifests, 3)
	assert.Len(t, s.Images[0].Attachments, 5)

	byDigest := w.status(dev + "/" + app + "@" + root.String()).ends(exitDone).state()
	assert.Equal(t, s.Images[0].Attachments, byDigest.Images[0].Attachments)

	tree := w.run("status", dev+"/"+ref(app, "1.0")).ends(exitDone).stdout
	for _, a := range s.Images[0].Attachments {
		assert.Contains(t, tree, a.Digest[:len("sha256:")+12])
	}
	assert.Equal(t, tree, w.run("tree", dev+"/"+ref(app, "1.0")).ends(exitDone).stdout, "the tree of the same image")
}

func TestStatusOfEveryTag(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newCrowd(w)
	s := w.status(dev + "/" + app).ends(exitDone).writesNothing().state()
	tags := map[string]digest.Digest{}
	for _, i := range s.Images {
		tags[i.Source.Tag] = digest.Digest(i.Source.Digest)
	}
	assert.Equal(t, c.tags, tags)
}

// Compared with a target, what is missing or differs is a finding.
func TestStatusCompared(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// target changes what a copy of the image left there.
		target func(w *world, root digest.Digest)
		code   int
		says   string
	}{
		"the same":            {func(*world, digest.Digest) {}, exitDone, ""},
		"more at the target":  {func(w *world, d digest.Digest) { w.prod.Sign(d, "alice", "bob") }, exitDone, ""},
		"extra at the target": {func(w *world, d digest.Digest) { w.prod.SBOM(d, "{}") }, exitDone, ""},
		"no signature": {func(w *world, d digest.Digest) {
			w.server.DeleteTag(prod, app,
				"sha256-"+d.Encoded()+".sig")
		}, exitFindings, "is missing"},
		"another signature": {func(w *world, d digest.Digest) { w.prod.Sign(d, "bob") }, exitFindings, "differs"},
		"no tag": {
			func(w *world, _ digest.Digest) { w.server.DeleteTag(prod, app, "1.0") }, exitFindings,
			"is not there",
		},
		"no image": {
			func(w *world, _ digest.Digest) { w.server.DeletePath(prod, app) }, exitFindings,
			"is not there",
		},
		"another image": {
			func(w *world, _ digest.Digest) { w.prod.Platforms("1.0", "other", "linux/amd64") },
			exitFindings, "holds",
		},
		"a child is gone": {
			func(w *world, d digest.Digest) { w.server.DeleteTag(prod, app, w.childOf(d)) },
			exitFindings, "is missing",
		},
		"a source child is gone": {
			func(w *world, d digest.Digest) { w.server.DeleteTag(dev, app, w.childOf(d)) },
			exitFindings, "is not there",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := signedIndex(w)
			w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
			c.target(w, root)
			o := w.status(dev+"/"+ref(app, "1.0"), "--target-repo", prod).ends(c.code).writesNothing()
			findings := strings.Join(o.state().Images[0].Findings, "\n")
			assert.Contains(t, findings, c.says)
			assert.Equal(t, c.code == exitDone, findings == "", findings)
			shown := w.run("status", dev+"/"+ref(app, "1.0"), "--target-repo", prod).ends(c.code)
			assert.Contains(t, shown.stdout, prod)
			assert.Empty(t, shown.stderr)
		})
	}
}

func (w *world) childOf(index digest.Digest) string {
	m, _ := w.images.Manifest(index)
	return m.Manifests[0].Digest.String()
}

func TestStatusMistakes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		image              string
		args               []string
		prepare            func(w *world)
		side, says, advice string
	}{
		"tag": {
			image: dev + "/" + ref(app, "2.0"), side: "source", says: "there is no " + dev,
			advice: "Check",
		},
		"image": {image: dev + "/team/ap", side: "source", says: "there is no image", advice: "Check"},
		"repository": {
			image: "docker-dev/" + ref(app, "1.0"), side: "source",
			says: "there is no repository docker-dev", advice: "--server-id",
		},
		"target repository": {
			image: dev + "/" + ref(app, "1.0"), args: []string{"--target-repo", "docker-prod"},
			side: "target", says: "there is no repository docker-prod", advice: "--server-id",
		},
		"password": {
			image: dev + "/" + ref(app, "1.0"), prepare: func(w *world) { w.password = "no" },
			side: "source", says: "credentials", advice: "--password",
		},
		"no Read at the target": {
			image: dev + "/" + ref(app, "1.0"), args: []string{
				"--target-repo",
				prod,
			}, side: "target", says: "not allowed", advice: "Read on " + prod,
			prepare: func(w *world) {
				w.grants(rights(dev, "r"), artifactory.Grant{Repo: prod, Pattern: "other/**", Read: true})
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			signedIndex(w)
			w.prod.Single("0.1", "old")
			if c.prepare != nil {
				c.prepare(w)
			}
			o := w.status(append([]string{c.image}, c.args...)...).ends(exitFailed).writesNothing()
			o.tells(c.side, c.says, c.advice)
			assert.Equal(t, c.side, o.state().Error.Side)
			o = w.run(append([]string{"status", c.image}, c.args...)...).ends(exitFailed)
			assert.Empty(t, o.stdout)
		})
	}
}

// What could not be read may be a signature: then nothing is called unsigned.
func TestStatusCallsNothingUnsignedThatItCouldNotRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Path: `/manifests/sha256-.*\.sig`}, Status: http.StatusForbidden, Header: artifactory.Marks()})
	state := w.status(dev + "/" + ref(app, "1.0")).ends(exitFindings).state()
	assert.False(t, state.Images[0].Signed)
	assert.True(t, state.Images[0].SignedUnknown)
	assert.True(t, state.Images[0].Manifests[0].SignedUnknown)
	assert.NotContains(t, w.run("status", dev+"/"+ref(app, "1.0")).stdout, "not signed")
}
