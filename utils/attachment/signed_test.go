package attachment_test

import (
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

const signPredicate = "https://sigstore.dev/cosign/sign/v1"

func TestSuffixTagsThatSign(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		tagPrefix, suffix string
		entries           []string
		prefix            string
		kind              attachment.Kind
		want              bool
	}{
		"signature":                 {"", "sig", []string{"A"}, "", attachment.KindSignature, true},
		"signature, user's prefix":  {"", "sig", []string{"A"}, "qa-", attachment.KindSignature, true},
		"prefixed, no prefix named": {"qa-", "sig", []string{"A"}, "", attachment.KindSignature, false},
		"prefixed, prefix named":    {"qa-", "sig", []string{"A"}, "qa-", attachment.KindSignature, true},
		"prefixed, another named":   {"qa-", "sig", []string{"A"}, "qa", attachment.KindSignature, false},
		"without a layer":           {"", "sig", nil, "", attachment.KindSignature, false},
		"attestation":               {"", "att", []string{"A"}, "", attachment.KindAttestation, false},
		"sbom":                      {"", "sbom", []string{"A"}, "", attachment.KindSBOM, false},
		"custom suffix":             {"", "signature", []string{"A"}, "", attachment.KindOther, false},
		"suffix that only ends so":  {"", "x.sig", []string{"A"}, "", attachment.KindOther, false},
		"prefix without any suffix": {"qa-", "", []string{"A"}, "qa-", attachment.KindOther, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRegistry(t, true)
			root := r.image("1.0", "app")
			r.hang(tt.tagPrefix, root, tt.suffix, tt.entries...)
			g := r.discover(root)
			require.Len(t, g.Attachments, 1)
			assert.Equal(t, tt.kind, g.Attachments[0].Kind)
			assert.Equal(t, tt.want, g.Attachments[0].IsSignature(tt.prefix))
			assert.Equal(t, tt.want, g.Signed(root.Digest, tt.prefix))
		})
	}
}

func TestReferrersThatSign(t *testing.T) {
	t.Parallel()
	layer := func(mediaType string) []ocispec.Descriptor {
		return []ocispec.Descriptor{{MediaType: mediaType, Digest: digest.FromString("layer"), Size: 5}}
	}
	predicate := func(uri string) map[string]string { return map[string]string{"dev.sigstore.bundle.predicateType": uri} }
	config := func(mediaType string) *ocispec.Descriptor {
		return &ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromString("{}"), Size: 2}
	}
	tests := map[string]struct {
		content manifest.Content
		kind    attachment.Kind
		want    bool
	}{
		"bundle, signature": {
			manifest.Content{ArtifactType: bundleType, Annotations: predicate(signPredicate)},
			attachment.KindBundle, true,
		},
		"bundle, provenance": {manifest.Content{
			ArtifactType: bundleType,
			Annotations:  predicate("https://slsa.dev/provenance/v1"),
		}, attachment.KindBundle, false},
		"bundle, sbom": {manifest.Content{
			ArtifactType: bundleType,
			Annotations:  predicate("https://spdx.dev/Document"),
		}, attachment.KindBundle, false},
		"bundle, not annotated": {manifest.Content{ArtifactType: bundleType}, attachment.KindBundle, false},
		"bundle, message signature": {manifest.Content{
			ArtifactType: bundleType,
			Annotations:  map[string]string{"dev.sigstore.bundle.content": "message-signature"},
		}, attachment.KindBundle, true},
		"bundle, dsse envelope": {manifest.Content{
			ArtifactType: bundleType,
			Annotations:  map[string]string{"dev.sigstore.bundle.content": "dsse-envelope"},
		}, attachment.KindBundle, false},
		"bundle by its layer": {
			manifest.Content{
				Config: config("application/vnd.oci.empty.v1+json"), Layers: layer(bundleType),
				Annotations: predicate(signPredicate),
			},
			attachment.KindBundle, true,
		},
		"annotations of a bundle on something else": {manifest.Content{
			ArtifactType: "example/x",
			Annotations:  predicate(signPredicate),
		}, attachment.KindOther, false},
		"notation":               {manifest.Content{Config: config(notationType)}, attachment.KindNotation, true},
		"notation, artifactType": {manifest.Content{ArtifactType: notationType}, attachment.KindNotation, true},
		"notation in a layer only": {
			manifest.Content{ArtifactType: "example/x", Layers: layer(notationType)},
			attachment.KindNotation, false,
		},
		"cosign's signature": {
			manifest.Content{Config: config("application/vnd.dev.cosign.artifact.sig.v1+json")},
			attachment.KindSignature, true,
		},
		"cosign's sbom": {
			manifest.Content{Config: config("application/vnd.dev.cosign.artifact.sbom.v1+json")},
			attachment.KindSBOM, false,
		},
		"spdx": {manifest.Content{ArtifactType: "application/spdx+json"}, attachment.KindSBOM, false},
		"cyclonedx": {
			manifest.Content{ArtifactType: "application/vnd.cyclonedx+json"},
			attachment.KindSBOM,
			false,
		},
		"in-toto": {
			manifest.Content{ArtifactType: "application/vnd.in-toto+json"},
			attachment.KindAttestation, false,
		},
		"an image": {manifest.Content{
			Config: config(ocispec.MediaTypeImageConfig),
			Layers: layer(ocispec.MediaTypeImageLayer),
		}, attachment.KindOther, false},
		"a .sig layer on a referrer": {manifest.Content{
			ArtifactType: "example/x",
			Layers:       layer("application/vnd.dev.cosign.simplesigning.v1+json"),
		}, attachment.KindOther, false},
	}
	for name, tt := range tests {
		for storage, api := range map[attachment.Storage]bool{attachment.Referrer: true, attachment.Fallback: false} {
			t.Run(name+" by "+string(storage), func(t *testing.T) {
				t.Parallel()
				r := newRegistry(t, api)
				root := r.image("1.0", "app")
				subject := descriptor(root)
				content := tt.content
				content.Subject = &subject
				m := r.put("", ocispec.MediaTypeImageManifest, content)
				r.fallback(root, descriptor(m))
				g := r.discover(root)
				require.Len(t, g.Attachments, 1)
				assert.Equal(t, storage, g.Attachments[0].Storage)
				assert.Equal(t, tt.kind, g.Attachments[0].Kind)
				assert.Equal(t, tt.want, g.Signed(root.Digest, ""))
			})
		}
	}
}

// Only the root's own signature makes the image signed; children without one are told, unless nothing has one.
func TestSignaturesOfIndexAndChildren(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		root, amd64, arm, sbom bool
		signed                 bool
		unsigned               int
	}{
		"all":            {true, true, true, false, true, 0},
		"root only":      {true, false, false, false, true, 2},
		"root and one":   {true, true, false, false, true, 1},
		"children only":  {false, true, true, false, false, 0},
		"one child only": {false, true, false, false, false, 1},
		"nothing":        {false, false, false, false, false, 0},
		"its SBOM only":  {false, false, false, true, false, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRegistry(t, true)
			amd64, arm := r.image("", "amd64"), r.image("", "arm")
			root := r.index("1.0", amd64, arm)
			sbom := r.hang("", root, "sbom")
			for m, sign := range map[*manifest.Manifest]bool{&root: tt.root, &amd64: tt.amd64, &arm: tt.arm, &sbom: tt.sbom} {
				if sign {
					r.hang("", *m, "sig", "A")
				}
			}
			g := r.discover(root)
			assert.Equal(t, tt.signed, g.Signed(root.Digest, ""))
			assert.Len(t, g.Unsigned(""), tt.unsigned)
		})
	}
}
