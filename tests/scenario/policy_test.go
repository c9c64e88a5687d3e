package scenario

import (
	"crypto"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/tests/signed"
	"github.com/signed-promote/signed-promote/utils/report"
)

// holder is somebody with a key, whose public part is <name>.pub in the home.
type holder struct {
	*signed.Key
	pub string
}

func (w *world) holder(name string) holder {
	w.t.Helper()
	k := signed.NewKey(w.t, signed.P256, crypto.SHA256)
	path := filepath.Join(w.home, name+".pub")
	require.NoError(w.t, os.WriteFile(path, k.Public, 0o600))
	return holder{k, name + ".pub"}
}

// signs puts the holders' signatures on an image, as cosign's .sig.
func (w *world) signs(image fixture.Image, d digest.Digest, by ...holder) {
	w.t.Helper()
	entries := make([]fixture.Entry, 0, len(by))
	for _, h := range by {
		entries = append(entries, h.Signature(w.t, signed.Payload(d)))
	}
	image.Record(d, "sig", entries...)
}

// asking returns the options for keys whose signatures are in no log.
func asking(keys ...holder) []string {
	names := make([]string, 0, len(keys))
	for _, k := range keys {
		names = append(names, k.pub)
	}
	return []string{"--key", strings.Join(names, ";"), "--insecure-ignore-tlog"}
}

// verify runs verify with --format json.
func (w *world) verify(args ...string) outcome {
	w.t.Helper()
	return w.run(append([]string{"verify", "--format", "json"}, args...)...)
}

func (o outcome) verified() report.VerifyResult {
	o.t.Helper()
	var r report.VerifyResult
	o.decode(&r)
	return r
}

func TestAPolicyLetsPass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.holder("alice"), w.holder("bob")
	root := w.dev.Single("1.0", "v1")
	w.signs(w.dev, root, alice)
	signed.PutBundle(w.dev, root, bob.Bundle(t, signed.Signing(root)), signed.SignPredicate)
	before := look(w.server)
	o := w.promote(append(asking(alice, bob), ref(app, "1.0"), dev, prod)...).ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
	for _, side := range []*report.Verification{o.image().Verification.Source, o.image().Verification.Target} {
		require.NotNil(t, side)
		assert.True(t, side.Satisfied)
		assert.Equal(t, []string{"alice.pub", "bob.pub"}, side.Requirements[0].By)
		assert.Len(t, side.Signatures, 2)
	}
}

// The target's answers are read: each blob of a signature was asked for at the target, after it was put there and
// before the tag.
func TestTheTargetIsReadThroughTheTarget(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.holder("alice")
	root := w.dev.Single("1.0", "v1")
	w.signs(w.dev, root, alice)
	payload := digest.FromString(signed.Payload(root)).String()
	o := w.promote(append(asking(alice), ref(app, "1.0"), dev, prod, "--copy")...).ends(exitDone)
	read, set := -1, -1
	for i, r := range o.log {
		switch {
		case r.Method == http.MethodGet && strings.Contains(r.Path, prod) && strings.HasSuffix(r.Path, payload):
			read = i
		case strings.HasSuffix(r.Path, "/promote") && r.Changed:
			set = i
		}
	}
	assert.Positive(t, read)
	assert.Greater(t, set, read)
}

func TestAPolicyRefusesBeforeTheFirstWrite(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*world, digest.Digest, holder){
		"not signed":        func(*world, digest.Digest, holder) {},
		"signed by another": func(w *world, d digest.Digest, _ holder) { w.signs(w.dev, d, w.holder("mallory")) },
		"another image's": func(w *world, d digest.Digest, a holder) {
			w.dev.Record(d, "sig", a.Signature(w.t, signed.Payload(digest.FromString("another"))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			alice := w.holder("alice")
			root := w.dev.Single("1.0", "v1")
			prepare(w, root, alice)
			for _, more := range [][]string{{}, {"--dry-run"}, {"--allow-unsigned"}} {
				args := append(append(asking(alice), ref(app, "1.0"), dev, prod), more...)
				o := w.promote(args...).ends(exitRefused).changesNothing()
				assert.Equal(t, "refused", o.image().Outcome)
				assert.False(t, o.image().Verification.Source.Satisfied)
				assert.Nil(t, o.image().Verification.Target)
				assert.Contains(t, o.stderr, "does not satisfy the policy for "+w.prod.String())
			}
		})
	}
}

// The source satisfies the policy, and the target would not: it keeps a record of its own. Its tag does not appear.
func TestAPolicyKeepsTheTagAway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.holder("alice"), w.holder("bob")
	root := w.dev.Single("1.0", "v1")
	w.signs(w.dev, root, alice)
	w.prod.Single("1.0", "v0")
	w.signs(w.prod, root, bob)
	before := look(w.server)
	args := append(asking(alice), ref(app, "1.0"), dev, prod)
	o := w.promote(append(args, "--on-conflict", "keep")...).ends(exitFailed)
	assert.Equal(t, before[w.prod.String()]["1.0"], look(w.server)[w.prod.String()]["1.0"])
	assert.Contains(t, look(w.server)[w.dev.String()], "1.0", "and nothing leaves the source")
	assert.True(t, o.image().Verification.Source.Satisfied)
	assert.False(t, o.image().Verification.Target.Satisfied)
	assert.Contains(t, o.stderr, "does not satisfy the policy as it stands")

	w.promote(args...).ends(exitDone)
	w.whole(before, w.dev, w.prod, "1.0", root)
}

// Nothing is to be done, and yet the target does not satisfy the policy: that is not "already there".
func TestAPolicyLooksAtWhatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.holder("alice"), w.holder("bob")
	root := w.dev.Single("1.0", "v1")
	w.signs(w.dev, root, alice)
	w.prod.Single("1.0", "v1")
	w.signs(w.prod, root, bob)
	args := append(asking(alice), ref(app, "1.0"), dev, prod, "--copy")
	o := w.promote(append(args, "--on-conflict", "keep")...).ends(exitFailed).writesNothing()
	assert.Contains(t, o.stderr, "not by alice.pub")
	w.promote(args...).ends(exitDone)
	o = w.promote(args...).ends(exitDone).writesNothing()
	assert.Equal(t, "already-there", o.image().Outcome)
	assert.True(t, o.image().Verification.Target.Satisfied)
}

// The server loses the payload on its way. Nothing shows that but a look at the target.
func TestAPolicyNoticesWhatTheTargetLacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.holder("alice")
	root := w.dev.Single("1.0", "v1")
	w.signs(w.dev, root, alice)
	payload := digest.FromString(signed.Payload(root)).String()
	w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Method: http.MethodGet, Path: prod + "/v2/" + app +
		"/blobs/" + payload}, Status: http.StatusNotFound, Header: artifactory.Marks()})
	o := w.promote(append(asking(alice), ref(app, "1.0"), dev, prod, "--copy")...).ends(exitFailed)
	assert.Contains(t, o.stderr, "is not there")
	assert.NotContains(t, look(w.server)[w.prod.String()], "1.0")
}

// An error while a signature is read stops the run. It is no verdict, and no refusal.
func TestAPolicyCannotBeAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.holder("alice")
	root := w.dev.Single("1.0", "v1")
	w.signs(w.dev, root, alice)
	for _, repo := range []string{dev, prod} {
		w.server.AddFault(artifactory.Fault{Match: artifactory.Match{Method: http.MethodGet, Path: repo + "/v2/" + app +
			"/blobs/"}, Status: http.StatusForbidden})
		o := w.promote(append(asking(alice), ref(app, "1.0"), dev, prod, "--copy")...).ends(exitFailed)
		assert.Contains(t, o.stderr, "403")
		assert.NotContains(t, look(w.server)[w.prod.String()], "1.0")
		w.server.ClearFaults()
	}
	w.promote(append(asking(alice), ref(app, "1.0"), dev, prod, "--copy")...).ends(exitDone)
}

func TestVerify(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.holder("alice"), w.holder("bob")
	one, two := w.dev.Single("1.0", "v1"), w.dev.Single("2.0", "v2")
	w.dev.Again("latest", one)
	w.signs(w.dev, one, alice, bob)
	w.signs(w.dev, two, bob)
	w.images.Image(dev, "team/deep/tool").Single("1.0", "tool")

	r := w.verify(append(asking(alice), w.dev.String()+":1.0")...).ends(exitDone).writesNothing().verified()
	require.Len(t, r.Images, 1)
	require.Len(t, r.Images[0].Verification.Signatures, 2)
	first := r.Images[0].Verification.Signatures[0]
	assert.Equal(t, "alice.pub", first.Signers[0].Name)
	assert.Regexp(t, "^sha256:[0-9a-f]{64}$", first.Signers[0].KeyFingerprint)
	assert.Equal(t, "suffix-tag", first.Storage)
	assert.False(t, r.Images[0].Verification.Signatures[1].Verified, "alice did not make bob's")

	o := w.verify(append(asking(alice), w.dev.String())...).ends(exitFindings)
	r = o.verified()
	states := map[string]report.State{}
	for _, i := range r.Images {
		states[i.Image.Tag] = i.State
	}
	assert.Equal(t, map[string]report.State{"1.0": "verified", "2.0": "not-verified", "latest": "verified"}, states)
	assert.Equal(t, report.Totals{Success: 2, Failure: 1}, r.Totals)
	reads := map[string]int{}
	for _, request := range o.log {
		if strings.Contains(request.Path, "/blobs/") {
			reads[request.Path]++
		}
	}
	require.Len(t, reads, 2, "a payload each")
	for path, n := range reads {
		assert.Equal(t, 1, n, path)
	}

	r = w.verify(append(asking(alice), dev+"/team/*:1.*")...).ends(exitFindings).verified()
	var names []string
	for _, i := range r.Images {
		names = append(names, i.Image.String())
	}
	assert.ElementsMatch(t, []string{dev + "/team/app:1.0", dev + "/team/deep/tool:1.0"}, names)
	r = w.verify(append(asking(alice), w.dev.String()+"@"+one.String(),
		w.dev.String()+":1.0")...).ends(exitDone).verified()
	assert.Len(t, r.Images, 2)
}

func TestVerifyMistakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.holder("alice")
	w.dev.Single("1.0", "v1")
	for name, tt := range map[string]struct {
		args []string
		want string
	}{
		"no policy":          {[]string{w.dev.String()}, "verify needs to know who must have signed"},
		"no such tag":        {append(asking(alice), w.dev.String()+":3.0"), "there is no " + w.dev.String() + ":3.0"},
		"nothing matches":    {append(asking(alice), dev+"/other/*"), "there is no image " + dev + "/other/*"},
		"no such repository": {append(asking(alice), "docker-none-local/*"), "there is no repository docker-none-local"},
		"no such key": {
			[]string{w.dev.String(), "--key", "none.pub", "--insecure-ignore-tlog"},
			"key none.pub cannot be read",
		},
		"identity without issuer": {
			[]string{w.dev.String(), "--certificate-identity", "a"},
			"--certificate-oidc-issuer is missing",
		},
		"both identities": {[]string{
			w.dev.String(), "--certificate-identity", "a", "--certificate-identity-regexp",
			"b", "--certificate-oidc-issuer", "c",
		}, "choose one"},
		"broken expression": {[]string{
			w.dev.String(), "--certificate-identity-regexp", "(",
			"--certificate-oidc-issuer", "c",
		}, "error parsing regexp"},
		"root for nobody": {[]string{w.dev.String(), "--trusted-root", "root.json"}, "nobody whom it is for"},
		"tlog for nobody": {
			[]string{w.dev.String(), "--notation-config", ".", "--insecure-ignore-tlog"},
			"are for --key and --certificate-identity",
		},
		"no policy file": {[]string{w.dev.String(), "--policy", "none.yaml"}, "--policy: open none.yaml"},
		"empty value":    {[]string{w.dev.String(), "--policy="}, "--policy is given without a value"},
		"empty key":      {[]string{w.dev.String(), "--key", "alice.pub;"}, "names an empty key"},
	} {
		o := w.run(append([]string{"verify"}, tt.args...)...).ends(exitFailed)
		assert.Contains(t, o.stderr, tt.want, name)
	}
}

// An image that cannot be read is neither verified nor not, and the others are told all the same.
func TestVerifyTellsWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.holder("alice")
	one, two := w.dev.Single("1.0", "v1"), w.dev.Single("2.0", "v2")
	w.signs(w.dev, one, alice)
	w.signs(w.dev, two, alice)
	w.server.AddFault(artifactory.Fault{
		Match:  artifactory.Match{Method: http.MethodGet, Path: "/manifests/" + fixture.SuffixTag("", two, "sig")},
		Status: http.StatusForbidden,
	})
	r := w.verify(append(asking(alice), w.dev.String())...).ends(exitFailed).verified()
	assert.Equal(t, 1, r.Count(report.StateVerified))
	assert.Equal(t, 1, r.Count(report.StateUnread))
}

// A policy file says who must have signed before an image may enter a repository.
func TestPolicyFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice, bob := w.holder("alice"), w.holder("bob")
	root := w.dev.Single("1.0", "v1")
	w.signs(w.dev, root, alice)
	w.dev.Record(root, "att", bob.Attestation(t, signed.Statement(root, signed.CustomPredicate, `{"Data":"ok","Timestamp":"2020-01-01T00:00:00Z"}`)))
	write := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(w.home, "policy.yaml"), []byte(text), 0o600))
	}
	const head = "version: 1\nsigners:\n  alice: {key: alice.pub}\n  bob: {key: bob.pub}\npolicies:\n"
	for _, tt := range []struct {
		name, policy string
		code         int
		want         string
	}{
		{"signed", "- {name: p, signatures: {by: [alice]}, trust: {ignoreTlog: true}}", exitDone, ""},
		{"one of two", "- {name: p, signatures: {required: 1, by: [bob, alice]}, trust: {ignoreTlog: true}}", exitDone, ""},
		{
			"two of two", "- {name: p, signatures: {by: [bob, alice]}, trust: {ignoreTlog: true}}", exitRefused,
			"1 of 2 needed",
		},
		{"attested", "- {name: p, attestations: [{type: custom, by: [bob]}], trust: {ignoreTlog: true}}", exitDone, ""},
		{
			"too old", "- {name: p, attestations: [{type: custom, by: [bob], maxAge: 30d}], trust: {ignoreTlog: true}}",
			exitRefused, "more than 30d ago",
		},
		{
			"not logged", "- {name: p, signatures: {by: [alice]}, trust: {root: root.json}}", exitRefused,
			"offline verification failed",
		},
		{
			"for others", "- {name: p, repositories: [docker-other], signatures: {by: [alice]}, trust: {ignoreTlog: true}}",
			exitRefused, "no policy in policy.yaml is for docker-prod-local/team/app",
		},
		{"about the target", "- {name: p, repositories: [docker-prod*], signatures: {by: [alice]}, trust: {ignoreTlog: true}}", exitDone, ""},
		{"every policy", "- {name: p, signatures: {by: [alice]}, trust: {ignoreTlog: true}}\n- {name: q, images: [team/*], signatures: {by: [bob]}, trust: {ignoreTlog: true}}", exitRefused, "q: signed by bob"},
		{"mistake", "- {name: p, signature: {by: [alice]}}", exitFailed, `did you mean "signatures"?`},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(w.home, "root.json"), []byte(`{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}`), 0o600))
		write(head + tt.policy + "\n")
		o := w.promote(ref(app, "1.0"), dev, prod, "--copy", "--dry-run", "--policy", "policy.yaml").ends(tt.code)
		assert.Contains(t, o.stderr, tt.want, tt.name)
	}
	write(head + "- {name: p, repositories: [docker-prod*], signatures: {by: [alice]}, trust: {ignoreTlog: true}}\n")
	w.verify(w.dev.String()+":1.0", "--policy", "policy.yaml").ends(exitFindings)
	w.verify(w.dev.String()+":1.0", "--policy", "policy.yaml", "--target-repo", prod).ends(exitDone)
}

// The public-good root cannot be had here: that is told before anything is asked of the server.
func TestPublicRootWithoutNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.holder("alice")
	w.signs(w.dev, w.dev.Single("1.0", "v1"), alice)
	mirror := "http://127.0.0.1:9"
	w.env = append(w.env, "TUF_MIRROR="+mirror, "TUF_ROOT="+filepath.Join(w.home, "tuf"))
	o := w.promote(ref(app, "1.0"), dev, prod, "--key", alice.pub).ends(exitFailed)
	assert.Contains(t, o.stderr, "sigstore's public trusted root cannot be fetched")
	assert.Contains(t, o.stderr, "--trusted-root")
	assert.Empty(t, o.log)
}

func TestVerifyJSONIsComplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.holder("alice")
	w.signs(w.dev, w.dev.Single("1.0", "v1"), alice)
	o := w.verify(append(asking(alice), w.dev.String()+":1.0")...).ends(exitDone)
	var fields map[string]any
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &fields))
	for _, name := range []string{"status", "command", "totals", "images", "http", "durationMs"} {
		assert.Contains(t, fields, name)
	}
}

// Signatures in another place count where they are kept, at both sides.
func TestAPolicyInAnotherPlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	alice := w.holder("alice")
	root := w.dev.Single("1.0", "v1")
	signatures := w.images.Image(dev, "signatures")
	w.signs(signatures, root, alice)
	w.apart = []string{signatures.String(), prod + "/signatures"}
	args := append(asking(alice), ref(app, "1.0"), dev, prod, "--copy", "--allow-unsigned")
	w.promote(args...).ends(exitRefused).changesNothing()
	w.promote(append(args, "--attachment-repo", signatures.String())...).ends(exitDone)
	assert.Equal(t, root, look(w.server)[w.prod.String()]["1.0"])

	w.promote(append(args, "--target-tag", "2.0", "--attachment-repo",
		signatures.String()+"="+prod+"/signatures")...).ends(exitDone)
	assert.Contains(t, look(w.server)[prod+"/signatures"], fixture.SuffixTag("", root, "sig"))
}

// A policy costs the reading of what it asks for, twice, and a look at what the target has; without one nothing is
// added.
func TestWhatAPolicyCosts(t *testing.T) {
	t.Parallel()
	requests := func(more func(w *world, alice holder) []string) int {
		w := newWorld(t)
		alice := w.holder("alice")
		w.signs(w.dev, w.dev.Single("1.0", "v1"), alice)
		return len(w.promote(append(more(w, alice), ref(app, "1.0"), dev, prod, "--copy")...).ends(exitDone).log)
	}
	without := requests(func(*world, holder) []string { return nil })
	with := requests(func(_ *world, alice holder) []string { return asking(alice) })
	assert.Equal(t, 6, with-without, "two payloads; at the target the folder, the .sig and the lists of referrers of both")
}
