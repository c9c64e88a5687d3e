package attachment_test

import (
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/attachment"
)

// Entries of the referrers API tell as much as their manifests, or that they do not tell enough.
func TestFromEntry(t *testing.T) {
	t.Parallel()
	const bundle = "application/vnd.dev.sigstore.bundle.v0.3+json"
	note := func(key, value string) map[string]string { return map[string]string{key: value} }
	for name, c := range map[string]struct {
		artifactType    string
		annotations     map[string]string
		kind            attachment.Kind
		signature, sure bool
	}{
		"bundle that signs": {
			bundle, note("dev.sigstore.bundle.predicateType", signPredicate), attachment.KindBundle,
			true, true,
		},
		"message signature": {
			bundle, note("dev.sigstore.bundle.content", "message-signature"), attachment.KindBundle,
			true, true,
		},
		"bundle that attests": {
			bundle, note("dev.sigstore.bundle.predicateType", "https://slsa.dev/provenance/v1"),
			attachment.KindBundle, false, true,
		},
		"bundle without a note": {bundle, nil, attachment.KindBundle, false, false},
		"notation":              {"application/vnd.cncf.notary.signature", nil, attachment.KindNotation, true, true},
		"cosign's first": {
			"application/vnd.dev.cosign.artifact.sig.v1+json", nil, attachment.KindSignature, true,
			true,
		},
		"SBOM":                 {"application/spdx+json", nil, attachment.KindSBOM, false, true},
		"the type of a config": {ocispec.MediaTypeEmptyJSON, nil, attachment.KindOther, false, false},
		"no type":              {"", nil, attachment.KindOther, false, false},
		"a type of tomorrow":   {"application/vnd.example", nil, attachment.KindOther, false, false},
		"an annotation proves no": {
			"application/vnd.example", note("dev.sigstore.bundle.predicateType", signPredicate),
			attachment.KindOther, false, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind, signature, sure := attachment.FromEntry(ocispec.Descriptor{
				Digest: digest.FromString(name), ArtifactType: c.artifactType, Annotations: c.annotations,
			})
			assert.Equal(t, []any{c.kind, c.signature, c.sure}, []any{kind, signature, sure})
		})
	}
}
