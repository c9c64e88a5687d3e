package scenario

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/planfile"
)

// plan runs a command with --plan-file, which changes nothing, and returns the file's path.
func (w *world) plan(args ...string) string {
	w.t.Helper()
	path := filepath.Join(w.home, "plan.json")
	before := look(w.server)
	o := w.run(append(args, "--format", "json", "--plan-file", path)...).ends(exitDone).writesNothing()
	require.Equal(w.t, before, look(w.server))
	content, err := os.ReadFile(path)
	require.NoError(w.t, err)
	sum := sha256.Sum256(content)
	require.NotNil(w.t, o.result().PlanFile, o.stdout)
	assert.Equal(w.t, hex.EncodeToString(sum[:]), o.result().PlanFile.SHA256)
	validateWith(w.t, content, "plan.schema.json")
	assert.NotContains(w.t, string(content), password)
	info, err := os.Stat(path)
	require.NoError(w.t, err)
	assert.Equal(w.t, os.FileMode(0o600), info.Mode().Perm())
	return path
}

// apply runs apply with --format json.
func (w *world) apply(path string, args ...string) outcome {
	w.t.Helper()
	return w.run(append([]string{"apply", path, "--format", "json"}, args...)...)
}

func (w *world) readPlan(path string) planfile.File {
	w.t.Helper()
	var f planfile.File
	content, err := os.ReadFile(path)
	require.NoError(w.t, err)
	require.NoError(w.t, json.Unmarshal(content, &f))
	return f
}

// tangled is an image with all storage forms at the source, and with other records for the same digests at the target.
func tangled(w *world) digest.Digest {
	root := deep(w)
	w.dev.Sign(root, "alice", "bob")
	w.dev.Bundle(root, "https://sigstore.dev/cosign/sign/v1", "alice")
	w.dev.Notation(root, "alice")
	w.dev.Attest(root, "https://slsa.dev/provenance/v1")
	w.prod.Sign(w.prod.Single("1.0", "old"), "alice")
	w.prod.Sign(root, "carol")
	w.prod.Bundle(root, "https://sigstore.dev/cosign/sign/v1", "carol")
	return root
}

// What one user plans another one carries out: exactly the steps of the plan, each leaving the digest that the plan
// named.
func TestPlanAndApply(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string][]string{"copy": {"--copy"}, "move": nil, "pinned": {"--copy", "--pin"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := tangled(w)
			before := look(w.server)
			w.grants(artifactory.Grant{Repo: "*", Read: true})
			path := w.plan(append([]string{"promote", ref(app, "1.0"), dev, prod}, mode...)...)
			planned := w.readPlan(path)

			w.server.AddUser(artifactory.User{Name: "releaser", Password: "another-" + password, Admin: true})
			w.user, w.password = "releaser", "another-"+password
			o := w.apply(path, "--plan-sha256", sumOf(t, path)).ends(exitDone)
			w.whole(before, w.dev, w.prod, "1.0", root)
			done := o.image().Steps
			require.Len(t, done, len(planned.Images[0].Steps))
			after := map[string]digest.Digest{}
			for i, s := range planned.Images[0].Steps {
				assert.Equal(t, s.Path, done[i].Path)
				assert.Equal(t, "done", done[i].Outcome, s.Path)
				after[s.Path] = s.After
			}
			now := look(w.server)
			for path, d := range after {
				image, folder := filepath.Split(path)
				assert.Equal(t, d, now[strings.TrimSuffix(image, "/")][folder], path)
			}
			w.apply(path).ends(exitDone).writesNothing()
			w.apply(path, "--fail-no-op").ends(exitNoOp).writesNothing()
		})
	}
}

func sumOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Whatever of what a plan names is another one when it is applied, at the source or at the target, nothing is done.
func TestApplyRefusesEveryChange(t *testing.T) {
	t.Parallel()
	index := func(w *world, root digest.Digest) digest.Digest {
		m, _ := w.images.Manifest(root)
		return m.Manifests[0].Digest
	}
	for name, change := range map[string]func(w *world, root digest.Digest){
		"the source tag was pushed again": func(w *world, _ digest.Digest) {
			w.dev.Sign(w.dev.Platforms("1.0", "new", "linux/arm64").Digest, "alice")
		},
		"the source tag is gone":   func(w *world, _ digest.Digest) { w.server.DeleteTag(dev, app, "1.0") },
		"the source image is gone": func(w *world, _ digest.Digest) { w.server.DeletePath(dev, app) },
		"a child is gone": func(w *world, root digest.Digest) {
			w.server.DeleteTag(dev, app,
				index(w, root).String())
		},
		"a signature was added": func(w *world, root digest.Digest) {
			w.dev.Sign(root, "alice", "bob",
				"mallory")
		},
		"a signature was taken away": func(w *world, root digest.Digest) { w.dev.Sign(root, "alice") },
		"all signatures were taken away": func(w *world, root digest.Digest) {
			w.server.DeleteTag(dev, app,
				fixture.SuffixTag("", root, "sig"))
		},
		"an SBOM was added":  func(w *world, root digest.Digest) { w.dev.SBOM(root, "{}") },
		"a child was signed": func(w *world, root digest.Digest) { w.dev.Sign(index(w, root), "bob") },
		"a referrer was added": func(w *world, root digest.Digest) {
			w.dev.Bundle(root,
				"https://sigstore.dev/cosign/sign/v1", "dave")
		},
		"the target tag was pushed":     func(w *world, _ digest.Digest) { w.prod.Single("1.0", "newer") },
		"the target tag is gone":        func(w *world, _ digest.Digest) { w.server.DeleteTag(prod, app, "1.0") },
		"somebody signed at the target": func(w *world, root digest.Digest) { w.prod.Sign(root, "carol", "dave") },
		"the target's signature is gone": func(w *world, root digest.Digest) {
			w.server.DeleteTag(prod, app,
				fixture.SuffixTag("", root, "sig"))
		},
		"somebody attested at the target": func(w *world, root digest.Digest) {
			w.prod.Attest(root,
				"https://example.com/theirs")
		},
		"another tag needs what would go":      func(w *world, root digest.Digest) { w.dev.Join("other", index(w, root)) },
		"another tag shows the same":           func(w *world, root digest.Digest) { w.dev.Join("again", index(w, root)) },
		"the target's fallback tag was pushed": func(w *world, root digest.Digest) { w.prod.Notation(root, "dave") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			root := tangled(w)
			path := w.plan("promote", ref(app, "1.0"), dev, prod)
			change(w, root)
			o := w.apply(path).ends(exitRefused).changesNothing()
			assert.Equal(t, "refused", string(o.result().Status))
			assert.Contains(t, o.stderr, "has changed since")
			assert.Contains(t, o.stderr, "make a new plan")
		})
	}
}

// A plan for many tags is looked at as a whole before anything is changed.
func TestApplyIsAllOrNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := newCrowd(w)
	path := w.plan("promote", app, dev, prod)
	w.dev.Sign(c.tags["latest"], "alice", "mallory")
	w.apply(path).ends(exitRefused).changesNothing()
}

func TestPlanFileIsTheOneAgreedTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	signedIndex(w)
	path := w.plan("promote", ref(app, "1.0"), dev, prod, "--copy")
	sum := sumOf(t, path)
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, other := range map[string]string{
		"another tag":   strings.Replace(string(content), `"tag": "1.0"`, `"tag": "2.0"`, 1),
		"a blank more":  string(content) + " ",
		"a move":        strings.Replace(string(content), `"mode": "copy"`, `"mode": "move"`, 1),
		"not even JSON": "{",
	} {
		require.NoError(t, os.WriteFile(path, []byte(other), 0o600))
		o := w.apply(path, "--plan-sha256", sum)
		assert.Equal(t, exitRefused, o.code, name)
		assert.Contains(t, o.stderr, sum)
		assert.Empty(t, o.log, "nothing is even asked")
	}
	for name, other := range map[string]string{
		"a later version": strings.Replace(string(content), `"version": 1`, `"version": 2`, 1),
		"a field more":    strings.Replace(string(content), `"version": 1`, `"version": 1, "pin": true`, 1),
		"no plan":         `{"status":"success"}`,
		"a wild path":     strings.Replace(string(content), `"image": "team/app"`, `"image": "../app"`, 1),
		"an unknown mode": strings.Replace(string(content), `"mode": "copy"`, `"mode": "both"`, 1),
		"not even JSON":   "{",
	} {
		require.NoError(t, os.WriteFile(path, []byte(other), 0o600))
		o := w.apply(path)
		assert.Equal(t, exitFailed, o.code, name)
		assert.Empty(t, o.log, "nothing is even asked")
	}
	// What was added to the plan by hand is not done: the plan is what the source and the target make of it.
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(content), `"mode": "copy"`, `"mode": "move"`, 1)), 0o600))
	w.apply(path).ends(exitRefused).changesNothing()
	require.NoError(t, os.WriteFile(path, content, 0o600))
	w.apply(path, "--plan-sha256", sum).ends(exitDone)
}

// A plan that was cut off anywhere is completed by applying it again, also where its tags share what is attached to
// them.
func TestHalfAppliedPlan(t *testing.T) {
	t.Parallel()
	reference := newWorld(t)
	tangled(reference)
	newCrowd(reference)
	path := reference.plan("promote", app, dev, prod)
	requests := len(reference.apply(path).ends(exitDone).log)
	looks := len(reference.apply(path).ends(exitDone).log)
	require.Greater(t, requests, looks)
	for k := looks; k <= requests; k += 23 {
		w := newWorld(t)
		tangled(w)
		c := newCrowd(w)
		before := look(w.server)
		path := w.plan("promote", app, dev, prod)
		w.server.CrashAt(k, k%2 == 0)
		w.apply(path, "--retries", "0")
		w.server.ClearFaults()
		o := w.apply(path)
		require.Equal(t, exitDone, o.code, "after a crash at request %d of %d: %s", k, requests, o.stderr)
		for tag, d := range c.tags {
			w.whole(before, w.dev, w.prod, tag, d)
		}
		for tag := range c.tags {
			assert.NotContains(t, look(w.server)[w.dev.String()], tag)
		}
	}
}

// Somebody who writes while the plan is being carried out is noticed: the record that the plan is about is not written
// over, and not merged with what nobody agreed to.
func TestTargetWrittenWhileApplying(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	w.dev.Sign(root, "alice")
	sbom := w.dev.SBOM(root, "{}")
	w.dev.Sign(sbom, "alice")
	w.prod.Sign(sbom, "carol")
	path := w.plan("promote", ref(app, "1.0"), dev, prod)
	// The signature on the SBOM is merged after the SBOM was copied.
	w.meanwhile(fixture.SuffixTag("", root, "sbom"), func() { w.prod.Sign(sbom, "carol", "dave") })
	o := w.apply(path).ends(exitFailed)
	assert.Contains(t, o.stderr, "not what the plan is about")
	assert.NotContains(t, look(w.server)[w.prod.String()], "1.0")
	theirs, _ := w.images.Manifest(look(w.server)[w.prod.String()][fixture.SuffixTag("", sbom, "sig")])
	assert.Len(t, theirs.Layers, 2, "dave's signature stays, alice's is not added")
	w.apply(path).ends(exitRefused).changesNothing()
}

// A refused image makes no plan: there would be nothing to agree to.
func TestNoPlanOfWhatIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	w.dev.Single("0.9", "v0")
	path := filepath.Join(w.home, "plan.json")
	w.promote(app, dev, prod, "--plan-file", path).ends(exitFailed).writesNothing()
	assert.NoFileExists(t, path)
	w.promote(ref(app, "0.9"), dev, prod, "--plan-file", path).ends(exitRefused).writesNothing()
	assert.NoFileExists(t, path)
	w.promote(ref(app, "1.0"), dev, prod, "--plan-file", filepath.Join(w.home, "nowhere",
		"plan.json")).ends(exitFailed).writesNothing()
}

// A missing attachment is no trace of the plan itself as long as the source tag is there: a move deletes that first.
func TestApplyMissesWhatSomebodyDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	w.dev.Sign(root, "alice")
	w.dev.Attest(root, "https://slsa.dev/provenance/v1")
	w.promote(ref(app, "1.0"), dev, prod, "--plan-file", "plan.json").ends(exitDone)
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	att := fixture.SuffixTag("", root, "att")
	w.server.DeleteTag(dev, app, att)
	o := w.run("apply", "plan.json").ends(exitRefused).changesNothing()
	assert.Contains(t, o.stderr, att+" is gone")
	w.server.DeleteTag(dev, app, "1.0")
	w.run("apply", "plan.json").ends(exitDone)
	assert.Empty(t, look(w.server).names(w.dev))
}
