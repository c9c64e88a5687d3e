package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/outlook"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// asked are two signers, one with a key and one with an identity, and notation.
func asked() []policy.Rule {
	by := []policy.Signer{{Key: "release.pub"}, {Name: "ci", Identity: policy.Identity{
		Subject: "ci@acme.example",
		Issuer:  "https://issuer.example",
	}}}
	return []policy.Rule{
		{Signatures: &policy.Signatures{Required: 2, By: by}},
		{
			Name: "production", Notation: &policy.Notation{Config: "notation"},
			Attestations: []policy.Attestation{{
				Type: "https://slsa.dev/provenance/v1", Label: "slsaprovenance1", Required: 1,
				By: by[1:], MaxAge: 24 * time.Hour,
			}},
		},
	}
}

// verdict judges a graph of which every signature is the first signer's, every attestation the second's, and one
// broken.
func verdict(g *attachment.Graph, rules ...policy.Rule) *policy.Verdict {
	var f policy.Findings
	now := time.Unix(1e9, 0)
	for _, a := range g.Of(g.Root) {
		e := policy.Evidence{
			Subject: g.Root, Attachment: a, Content: a.Manifest.Digest, Format: policy.FormatCosign,
			Attests: a.Kind == attachment.KindAttestation,
		}
		if a.Kind == attachment.KindSBOM {
			e.Format, e.Problem = policy.FormatBundle, "it is not a sigstore bundle"
		}
		for _, q := range policy.Questions(rules) {
			c := policy.Check{Question: q, Reason: "invalid signature"}
			switch {
			case e.Attests && q.Signer.Name == "ci":
				e.PredicateType = "https://slsa.dev/provenance/v1"
				c = policy.Check{Question: q, Verified: true, Proof: policy.Proof{
					Subject: "ci@acme.example",
					Issuer:  "https://issuer.example", Time: now.Add(-time.Hour),
				}}
			case !e.Attests && q.Signer.Key != "":
				c = policy.Check{Question: q, Verified: true, Proof: policy.Proof{Fingerprint: "sha256:" +
					strings.Repeat("0123", 16)}}
			}
			if e.Problem == "" {
				e.Checks = append(e.Checks, c)
			}
		}
		f.Evidence = append(f.Evidence, e)
	}
	return policy.Judge(rules, g.Root, nil, f, now)
}

// verifications returns a result of every kind.
func verifications(t *testing.T) map[string]*report.VerifyResult {
	t.Helper()
	g := graph(t)
	of := func(images ...report.VerifyImage) *report.VerifyResult {
		r := report.NewVerify()
		r.Add(images...)
		return r
	}
	bare := graph(t)
	bare.Attachments, bare.Warnings = nil, []string{"a tag was passed over"}
	release := []policy.Rule{{Signatures: &policy.Signatures{Required: 1, By: asked()[0].Signatures.By[:1]}}}
	unread := report.Unread(source(), &failure.Failure{Side: failure.Source, Message: "403", Hint: "ask"})
	good, bad := report.Verdict(source(), g, verdict(g, release...)), report.Verdict(source(), g, verdict(g, asked()...))
	foreseen, nobody := report.Verdict(source(), g, verdict(g, release...)), report.Verdict(source(), g, verdict(g))
	foreseen.Foresee(outlook.Of(outlook.Input{Graph: g, Verdict: verdict(g, release...)}))
	nobody.Foresee(outlook.Of(outlook.Input{Graph: g, Verdict: verdict(g)}))
	return map[string]*report.VerifyResult{
		"verified":     of(good),
		"not verified": of(bad),
		"unsigned":     of(report.Verdict(source(), bare, verdict(bare, asked()...))),
		"unread":       of(unread),
		"outlook":      of(foreseen),
		"not asked":    of(nobody),
		"many":         of(good, bad, unread),
		"no run":       report.NewVerify().Fail(errors.New("there is no image")),
	}
}

func TestVerificationsFollowTheirSchema(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{false, true} {
		compiled := schema(t, "verify", closed)
		for name, result := range verifications(t) {
			assert.NoError(t, compiled.Validate(instance(t, result)), name)
		}
	}
}

func TestVerificationsAsText(t *testing.T) {
	t.Parallel()
	results := verifications(t)
	for _, r := range results {
		r.HTTP.Requests, r.DurationMs = 12, 1234
	}
	text := texts(results, piped((*report.VerifyResult).Text))
	golden(t, "verifications", text)
	readable(t, text)
}

// A promotion with a policy tells what it says of both sides, in the JSON and in the table.
func TestPromotionWithPolicy(t *testing.T) {
	t.Parallel()
	g := graph(t)
	for name, tt := range map[string]struct {
		rules []policy.Rule
		want  string
	}{
		"satisfied": {asked()[:0], "verified at the source, and at the target before its tag was set"},
		"not":       {asked(), "MISSING  signed by release.pub and ci"},
	} {
		one := done(planned(g, plan.Target{}, nil))
		one.Verified = promotion.Verified{Source: verdict(g, tt.rules...), Target: verdict(g, tt.rules...)}
		r := report.Promotion("promote", false, &promotion.Summary{Results: []*promotion.Result{one}}, nil)
		for _, closed := range []bool{false, true} {
			require.NoError(t, schema(t, "promotion", closed).Validate(instance(t, r)), name)
		}
		assert.Contains(t, r.Text(terminal.Screen{}), tt.want)
		readable(t, r.Text(terminal.Screen{}))
	}
}

func TestVerifySchemaRefuses(t *testing.T) {
	t.Parallel()
	result := verifications(t)["outlook"]
	for name, change := range map[string]func(root, image map[string]any){
		"no totals":     func(root, _ map[string]any) { delete(root, "totals") },
		"other state":   func(_, image map[string]any) { image["state"] = "fine" },
		"other verdict": func(_, image map[string]any) { first(image, "outlook")["verdict"] = "perhaps" },
		"no basis":      func(_, image map[string]any) { delete(first(image, "outlook"), "basis") },
		"other format": func(_, image map[string]any) {
			first(image["verification"].(map[string]any), "signatures")["format"] = "x"
		}, //nolint:forcetypeassert // as above
		"no satisfaction": func(_, image map[string]any) {
			delete(first(image["verification"].(map[string]any), "requirements"), "satisfied")
		}, //nolint:forcetypeassert // as above
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			compiled, read := schema(t, "verify", false), instance(t, result)
			root, ok := read.(map[string]any)
			require.True(t, ok)
			require.NoError(t, compiled.Validate(root))
			change(root, first(root, "images"))
			assert.Error(t, compiled.Validate(root))
		})
	}
}
