package outlook_test

import (
	"crypto"
	"fmt"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/outlook"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
)

const (
	root       = digest.Digest("sha256:1111111111111111111111111111111111111111111111111111111111111111")
	bundleType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	notaryType = "application/vnd.cncf.notary.signature"
	emptyType  = "application/vnd.oci.empty.v1+json"
	custom     = "https://cosign.sigstore.dev/attestation/v1"
)

func home() reference.Image { return reference.Image{Repo: "docker-prod", Path: "team/app"} }

// alice and bob hold keys, builder has a certificate.
func alice() policy.Signer { return policy.Signer{Name: "alice", Key: "alice.pub"} }
func bob() policy.Signer   { return policy.Signer{Name: "bob", Key: "bob.pub"} }
func builder() policy.Signer {
	return policy.Signer{Name: "builder", Identity: policy.Identity{
		Subject: "builder@acme.example",
		Issuer:  "https://issuer.example",
	}}
}

// hung is something on the image: who made it, and of which type the list says that it is.
type hung struct {
	policy.Evidence
	by         policy.Signer
	listedType string
}

func tagged(suffix string, who policy.Signer) hung {
	h := hung{by: who}
	h.Format, h.Attests = policy.FormatCosign, suffix == "att"
	h.Attachment.Storage, h.Attachment.Tag = attachment.SuffixTag, reference.FallbackTag(root)+"."+suffix
	if h.Attests {
		h.PredicateType = custom
	} else {
		h.Reference = "docker-dev.acme.example/team/app"
	}
	return h
}

func bundled(who policy.Signer, predicateType string) hung {
	h := hung{by: who, listedType: bundleType}
	h.Format, h.Attests, h.PredicateType = policy.FormatBundle, predicateType != "", predicateType
	h.Attachment.Storage, h.Attachment.Manifest.Content.ArtifactType = attachment.Referrer, bundleType
	return h
}

// fallback keeps it in the fallback tag, under a type that may be wrong.
func fallback(h hung, listedType string) hung {
	h.Attachment.Storage, h.listedType = attachment.Fallback, listedType
	return h
}

// image makes what an outlook is given of it. With anything in a fallback tag there is no referrers API.
func image(asked []policy.Signer, predicateType string, all ...hung) outlook.Input {
	g := &attachment.Graph{Image: home(), Root: root, API: true}
	rule := policy.Rule{Signatures: &policy.Signatures{Required: 1, By: asked}}
	if predicateType != "" {
		rule.Signatures, rule.Attestations = nil, []policy.Attestation{{
			Type: predicateType, Label: "custom", Required: 1,
			By: asked,
		}}
	}
	v := &policy.Verdict{Rules: []policy.Rule{rule}}
	var entries []ocispec.Descriptor
	for i, h := range all {
		h.Subject, h.Attachment.Subject, h.Attachment.Home = root, root, home()
		h.Attachment.Manifest.Digest = digest.FromString(fmt.Sprint(i))
		for _, s := range asked {
			h.Checks = append(h.Checks, policy.Check{Question: policy.Question{Signer: s}, Verified: s == h.by})
		}
		if h.Attachment.Storage == attachment.Fallback {
			g.API = false
			entries = append(entries, ocispec.Descriptor{Digest: h.Attachment.Manifest.Digest, ArtifactType: h.listedType})
		}
		g.Attachments = append(g.Attachments, h.Attachment)
		v.Evidence = append(v.Evidence, h.Evidence)
	}
	g.Fallbacks = []attachment.FallbackIndex{{
		Subject: root, Home: home(),
		Manifest: manifest.Manifest{Content: manifest.Content{Manifests: entries}},
	}}
	return outlook.Input{Graph: g, Verdict: v}
}

// said returns what each verifier says, by name, version and question up to its first word of detail.
func said(in outlook.Input) map[string]outlook.Says {
	says := map[string]outlook.Says{}
	for _, f := range outlook.Of(in) {
		key := f.Verifier + " " + f.Version
		if f.Verifier == "Kyverno" {
			var kind, rest string
			_, _ = fmt.Sscanf(f.Question, "%s %s", &rest, &kind)
			key = "Kyverno " + kind
		}
		says[key] = f.Says
	}
	return says
}

const containers = "containers/image (podman, skopeo, CRI-O) 5.36.2"

// A record with more entries than cosign reads counts with all of them, and none is said to be somebody's.
func TestMoreEntriesThanCosignReads(t *testing.T) {
	t.Parallel()
	crowd := tagged("sig", policy.Signer{})
	crowd.Attachment.Manifest.Content.Layers = make([]ocispec.Descriptor, 1100)
	crowd.Problem = "the manifest has more than 1000 layers, which cosign does not read"
	for _, f := range outlook.Of(image([]policy.Signer{alice()}, "", crowd)) {
		switch f.Verifier {
		case "cosign", "policy-controller":
			assert.Equal(t, outlook.Refuses, f.Says, f.Verifier)
			assert.Contains(t, f.Reason, "1100 entries", f.Verifier)
		case "Kyverno":
			assert.Equal(t, outlook.Refuses, f.Says)
		default:
			assert.Equal(t, outlook.Depends, f.Says, f.Verifier)
			assert.Contains(t, f.Reason, "all of its 1100 entries", f.Verifier)
		}
	}
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		asked                             policy.Signer
		hung                              []hung
		cosign3, cosign2, podman, kyverno outlook.Says
		kyvernoBundle, controller         outlook.Says
	}{
		"unsigned": {alice(), nil, "refuses", "refuses", "refuses", "refuses", "refuses", "refuses"},
		".sig": {
			alice(),
			[]hung{tagged("sig", alice())},
			"accepts", "accepts", "depends", "accepts",
			"refuses", "accepts",
		},
		".sig by another": {
			alice(),
			[]hung{tagged("sig", bob())},
			"refuses", "refuses", "refuses", "refuses",
			"refuses", "refuses",
		},
		"bundle by a key": {
			alice(),
			[]hung{bundled(alice(), "")},
			"accepts", "depends", "refuses", "refuses",
			"refuses", "refuses",
		},
		"bundle by a builder": {
			builder(),
			[]hung{bundled(builder(), "")},
			"accepts", "depends", "refuses", "refuses",
			"depends", "refuses",
		},
		"hidden": {
			alice(),
			[]hung{tagged("sig", alice()), bundled(bob(), "")},
			"refuses", "refuses",
			"depends", "accepts", "refuses", "accepts",
		},
		"hidden by attestation": {
			alice(),
			[]hung{tagged("sig", alice()), bundled(bob(), custom)},
			"refuses", "refuses",
			"depends", "accepts", "refuses", "accepts",
		},
		"attestation only": {
			bob(),
			[]hung{bundled(bob(), custom)},
			"accepts", "depends", "refuses", "refuses",
			"refuses", "refuses",
		},
		"wrong type in the list": {
			builder(),
			[]hung{fallback(bundled(builder(), ""), emptyType)},
			"accepts", "depends",
			"refuses", "refuses", "refuses", "refuses",
		},
		"right type in the list": {
			builder(),
			[]hung{fallback(bundled(builder(), ""), bundleType)},
			"accepts", "depends",
			"refuses", "refuses", "depends", "refuses",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, map[string]outlook.Says{
				"cosign 3.1.3": tt.cosign3, "cosign 2.6.5": tt.cosign2, containers: tt.podman,
				"Kyverno Cosign": tt.kyverno, "Kyverno SigstoreBundle": tt.kyvernoBundle, "policy-controller 0.14.0": tt.controller,
			}, said(image([]policy.Signer{tt.asked}, "", tt.hung...)))
		})
	}
}

func TestAttestations(t *testing.T) {
	t.Parallel()
	says := said(image([]policy.Signer{alice()}, custom, tagged("att", alice()), bundled(bob(), "")))
	assert.Equal(t, outlook.Refuses, says["cosign 3.1.3"], "a bundle hides the .att")
	says = said(image([]policy.Signer{alice()}, custom, tagged("att", alice())))
	assert.Equal(t, outlook.Accepts, says["cosign 3.1.3"])
	says = said(image([]policy.Signer{alice()}, custom, bundled(alice(), "")))
	assert.Equal(t, outlook.Refuses, says["cosign 3.1.3"], "a signature is no attestation")
	assert.NotContains(t, says, containers, "which knows no attestations")
}

// Every row says which version it is about, how that is known, and why.
func TestRowsAreComplete(t *testing.T) {
	t.Parallel()
	for _, f := range outlook.Of(image([]policy.Signer{alice(), builder()}, "", tagged("sig", alice()),
		bundled(builder(), ""))) {
		assert.NotEmpty(t, f.Version)
		assert.NotEmpty(t, f.Reason)
		assert.Contains(t, []outlook.Basis{outlook.Measured, outlook.Read}, f.Basis)
		assert.Contains(t, []outlook.Says{outlook.Accepts, outlook.Refuses, outlook.Depends}, f.Says)
	}
}

// With a longer curve the key signs with another hash, which cosign has to be told.
func TestOtherHashes(t *testing.T) {
	t.Parallel()
	in := image([]policy.Signer{alice()}, "", tagged("sig", alice()))
	in.Verdict.Evidence[0].Checks[0].Proof.Hash = crypto.SHA384
	f := outlook.Of(in)[0]
	assert.Equal(t, outlook.Depends, f.Says)
	assert.Contains(t, f.Reason, "--signature-digest-algorithm sha384")
}

// Without anybody to ask for, only what is found can be told.
func TestNobodyIsAskedFor(t *testing.T) {
	t.Parallel()
	in := image(nil, "", tagged("sig", alice()))
	in.Verdict.Rules = nil
	says := said(in)
	assert.Equal(t, outlook.Depends, says["cosign 3.1.3"])
	assert.Equal(t, outlook.Refuses, says["notation 1.3.2"])
}

func TestNotation(t *testing.T) {
	t.Parallel()
	n := policy.Notation{Config: "notation"}
	signature := hung{listedType: notaryType}
	signature.Format = policy.FormatNotation
	signature.Attachment.Storage, signature.Attachment.Manifest.Content.ArtifactType = attachment.Referrer, notaryType
	for name, tt := range map[string]struct {
		hung     []hung
		verified bool
		skipped  map[policy.Notation]string
		want     outlook.Says
	}{
		"signed":     {[]hung{signature}, true, nil, outlook.Accepts},
		"untrusted":  {[]hung{signature}, false, nil, outlook.Refuses},
		"unsigned":   {nil, false, nil, outlook.Refuses},
		"skipped":    {nil, false, map[policy.Notation]string{n: "none"}, outlook.Accepts},
		"wrong type": {[]hung{fallback(signature, emptyType)}, true, nil, outlook.Refuses},
		"listed":     {[]hung{fallback(signature, notaryType)}, true, nil, outlook.Accepts},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := image(nil, "", tt.hung...)
			in.Verdict.Rules, in.Verdict.Skipped = []policy.Rule{{Notation: &n}}, tt.skipped
			for i := range in.Verdict.Evidence {
				in.Verdict.Evidence[i].Checks = []policy.Check{{Question: policy.Question{Notation: n}, Verified: tt.verified}}
			}
			all := outlook.Of(in)
			require.Len(t, all, 2)
			assert.Equal(t, tt.want, all[0].Says, all[0].Reason)
		})
	}
}
