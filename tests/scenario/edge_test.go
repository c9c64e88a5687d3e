package scenario

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// Federated and oci repositories are promoted between as local docker ones are.
func TestKindsOfRepositories(t *testing.T) {
	t.Parallel()
	for name, kind := range map[string]artifactory.Repository{
		"federated": {Class: artifactory.Federated},
		"oci":       {PackageType: "oci"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			for _, key := range []string{"a", "b"} {
				kind.Key = key
				w.server.AddRepository(kind)
			}
			source, target := w.images.Image("a", app), w.images.Image("b", app)
			root := source.Platforms("1.0", "v1", "linux/amd64").Digest
			source.Sign(root, "alice")
			before := look(w.server)
			w.promote(ref(app, "1.0"), "a", "b").ends(exitDone)
			w.whole(before, source, target, "1.0", root)
		})
	}
}

// An index that names what its repository does not have is promoted as it is, with a warning.
func TestSparseIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gone := digest.FromString("a platform that nobody pushed")
	index := w.dev.Join("1.0", w.dev.Single("", "v1"), gone)
	w.dev.Sign(index.Digest, "alice")
	w.dev.Sign(gone, "alice")
	o := w.promote(ref(app, "1.0"), dev, prod).ends(exitDone)
	assert.Contains(t, strings.Join(o.image().Warnings, "\n"), gone.String())
	assert.Contains(t, o.stderr, gone.String())
	now := look(w.server)
	assert.Equal(t, index.Digest, now[w.prod.String()]["1.0"])
	assert.Contains(t, now[w.prod.String()], fixture.SuffixTag("", gone, "sig"))
	assert.Empty(t, now.names(w.dev))
	w.promote(ref(app, "1.0"), dev, prod).ends(exitDone).writesNothing()
}

// What is attached can be an index itself, whose children are in folders of their own.
func TestAttachedIndex(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"copy": {"--copy"}, "move": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := w.dev.Single("1.0", "v1")
			w.dev.Sign(root, "alice")
			child := w.dev.Single("", "scan 1")
			w.dev.Join(fixture.SuffixTag("", root, "scans"), child)
			w.promote(append([]string{ref(app, "1.0"), dev, prod}, mode...)...).ends(exitDone)
			assert.Contains(t, held(look(w.server)[w.prod.String()]), child)
			if mode == nil {
				assert.Empty(t, look(w.server).names(w.dev))
			}
		})
	}
}

// One who may read a tag and not what is attached to it does not promote it as unsigned. Where the server hides what
// may not be read, in the folder as well, nobody can tell.
func TestUnreadableSignature(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	w.dev.Sign(root, "alice")
	tag, folder := rights(dev, "r"), rights(dev, "r")
	tag.Pattern, folder.Pattern = app+"/1.0/**", app
	w.grants(tag, folder, rights(prod, "rwd"))
	w.promote(ref(app, "1.0"), dev, prod, "--copy", "--allow-unsigned").ends(exitFailed).changesNothing().tells("source",
		"not allowed", "Read on "+dev)
}
