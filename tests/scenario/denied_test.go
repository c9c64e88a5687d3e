package scenario

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

const shownAndDenied = "shows a manifest, and the registry does not serve it"

// What a folder shows and a read denies is not absent, whatever it is: nothing is changed, and every command that
// judges says so.
func TestDeniedAtTheSource(t *testing.T) {
	t.Parallel()
	for kind := range deniable() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withoutReferrers)
			ref1 := ref(app, "1.0")
			w.server.AddFault(artifactory.Denied(w.dev.String(), deniable()[kind](fullyAttached(w.dev))))
			before := look(w.server)
			for _, args := range [][]string{
				{"promote", ref1, dev, prod, "--copy"},
				{"promote", ref1, dev, prod},
				{"promote", ref1, dev, prod, "--copy", "--dry-run"},
				{"promote", app, dev, prod, "--copy"},
				{"move", dev + "/" + ref1, prod},
				{"file-spec", dev + "/" + ref1},
				{"verify", dev + "/" + ref1, "--key", w.holder("alice").pub, "--insecure-ignore-tlog"},
			} {
				o := w.run(args...)
				assert.Equal(t, exitFailed, o.code, "%v\n%s", args, o.stderr)
				assert.Contains(t, o.stderr, shownAndDenied, "%v", args)
				if args[0] != "file-spec" { // which says what a list needs
					assert.Contains(t, o.stderr, "does not count as absent", "%v", args)
				}
				o.changesNothing()
			}
			assert.NotEqual(t, exitDone, w.run("status", dev+"/"+ref1).code)
			assert.Equal(t, before, look(w.server))
		})
	}
}

// A record of the target's that is shown and denied is not written over, and a tag is not free.
func TestDeniedAtTheTarget(t *testing.T) {
	t.Parallel()
	for kind := range deniable() {
		if kind == "referrer" || kind == "child" {
			continue // by its digest it is the same on both sides
		}
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withoutReferrers)
			a := fullyAttached(w.dev)
			fullyAttached(w.prod)
			w.prod.Sign(a.root, "bob")
			w.server.AddFault(artifactory.Denied(w.prod.String(), deniable()[kind](a)))
			before := look(w.server)
			for _, more := range [][]string{
				{"--copy"},
				{},
				{"--copy", "--dry-run"},
				{"--copy", "--pin"},
				{"--copy", "--no-overwrite"},
			} {
				o := w.promote(append([]string{ref(app, "1.0"), dev, prod}, more...)...).ends(exitFailed)
				assert.Contains(t, o.stderr, shownAndDenied, "%v", more)
				o.changesNothing()
			}
			assert.Equal(t, before, look(w.server))
		})
	}
}

// A 404 that is not given again is forgotten, and costs a look into the folder.
func TestDeniedOnce(t *testing.T) {
	t.Parallel()
	for kind := range deniable() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, withoutReferrers)
			a := fullyAttached(w.dev)
			f := artifactory.Denied(w.dev.String(), deniable()[kind](a))
			f.Match.Count = 1
			w.server.AddFault(f)
			before := look(w.server)
			w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
			assert.Equal(t, before[w.dev.String()], look(w.server)[w.prod.String()])
		})
	}
}

// A folder without a manifest is a copy that was cut off, and is completed.
func TestFolderWithoutManifestIsCompleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withoutReferrers)
	a := fullyAttached(w.dev)
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	whole := look(w.server)
	for _, kind := range []string{"sig", "att", "fallback"} {
		w.byOthers(func() {
			w.server.DeletePath(prod, strings.Join([]string{app, deniable()[kind](a), "manifest.json"}, "/"))
		})
		w.byOthers(func() {
			w.server.DeletePath(prod, strings.Join([]string{app, deniable()[kind](a), "list.manifest.json"}, "/"))
		})
	}
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	assert.Equal(t, whole, look(w.server))
}

func withoutReferrers(s *artifactory.Server) {
	s.SetKnobs(func(k *artifactory.Knobs) { k.ReferrersAPI = artifactory.ReferrersOff })
}

// attached is an image, and a referrer of its that only a fallback tag lists.
type attached struct{ root, child, referrer digest.Digest }

// fullyAttached stores an image with an attachment of each usual kind.
func fullyAttached(image fixture.Image) attached {
	index := image.Platforms("1.0", "v1", "linux/amd64")
	image.Sign(index.Digest, "alice")
	image.Attest(index.Digest, "https://slsa.dev/provenance/v1")
	a := attached{root: index.Digest, child: index.Children[0], referrer: image.NotationSignature(index.Digest, "alice",
		"application/jose+json")}
	image.Sign(a.child, "alice")
	image.FallbackBy(fixture.ByCosign31, a.root, a.referrer)
	return a
}

// deniable returns what can be denied of such an image, as the registry API is asked for it.
func deniable() map[string]func(attached) string {
	return map[string]func(attached) string{
		"tag":              func(attached) string { return "1.0" },
		"sig":              func(a attached) string { return fixture.SuffixTag("", a.root, "sig") },
		"att":              func(a attached) string { return fixture.SuffixTag("", a.root, "att") },
		"child":            func(a attached) string { return a.child.String() },
		"sig of the child": func(a attached) string { return fixture.SuffixTag("", a.child, "sig") },
		"fallback":         func(a attached) string { return fixture.FallbackTag(a.root) },
		"referrer":         func(a attached) string { return a.referrer.String() },
	}
}
