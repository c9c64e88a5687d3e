package report_test

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	specs "github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got+"\n"), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), got+"\n")
}

// source and target are the two sides of every fixture.
func source() reference.Reference {
	return reference.Reference{Image: reference.Image{Repo: "docker-dev", Path: "team/app"}, Tag: "1.0"}
}

func target() reference.Reference {
	return reference.Reference{Image: reference.Image{Repo: "docker-prod", Path: "team/app"}, Tag: "1.0"}
}

// graph is a two-platform image. Its index has signatures, an attestation and an SBOM which is signed in turn, and only
// its first child is signed.
func graph(t *testing.T) *attachment.Graph {
	t.Helper()
	amd64, arm := imageManifest(t, "amd64"), imageManifest(t, "arm")
	root := parsed(t, ocispec.MediaTypeImageIndex, ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		Manifests: []ocispec.Descriptor{
			descriptor(amd64, &ocispec.Platform{OS: "linux", Architecture: "amd64"}),
			descriptor(arm, &ocispec.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}),
		},
	})
	g := &attachment.Graph{Image: source().Image, Root: root.Digest, Nodes: map[digest.Digest]manifest.Manifest{
		root.Digest: root, amd64.Digest: amd64, arm.Digest: arm,
	}}
	sbom := attach(t, g, root, attachment.KindSBOM, "sbom")
	attach(t, g, root, attachment.KindAttestation, "att", "provenance")
	attach(t, g, root, attachment.KindSignature, "sig", "key A", "key B")
	attach(t, g, sbom, attachment.KindSignature, "sig", "key A")
	attach(t, g, amd64, attachment.KindSignature, "sig", "key A")
	return g
}

func imageManifest(t *testing.T, name string) manifest.Manifest {
	t.Helper()
	return parsed(t, ocispec.MediaTypeImageManifest, ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		Config: ocispec.Descriptor{
			MediaType: ocispec.MediaTypeImageConfig, Digest: digest.FromString(name),
			Size: int64(len(name)),
		},
	})
}

// attach hangs a manifest with a layer for each entry on subject, by a suffix tag.
func attach(t *testing.T, g *attachment.Graph, subject manifest.Manifest, kind attachment.Kind, suffix string,
	entries ...string,
) manifest.Manifest {
	t.Helper()
	m := record(t, subject, suffix, entries...)
	tag := reference.SuffixTag{Subject: subject.Digest, Suffix: suffix}.String()
	g.Nodes[m.Digest] = m
	g.Attachments = append(g.Attachments, attachment.Attachment{
		Subject: subject.Digest, Manifest: m, Kind: kind,
		Storage: attachment.SuffixTag, Tag: tag, Home: g.Image,
	})
	return m
}

func record(t *testing.T, subject manifest.Manifest, suffix string, entries ...string) manifest.Manifest {
	t.Helper()
	m := ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		Config:    ocispec.Descriptor{MediaType: ocispec.MediaTypeImageConfig, Digest: digest.FromString(suffix), Size: 1},
		Layers:    []ocispec.Descriptor{},
	}
	for _, e := range entries {
		m.Layers = append(m.Layers, ocispec.Descriptor{
			MediaType: "application/vnd.dev.cosign.simplesigning.v1+json", Digest: subject.Digest, Size: 9,
			Annotations: map[string]string{"dev.cosignproject.cosign/signature": e},
		})
	}
	return parsed(t, ocispec.MediaTypeImageManifest, m)
}

// referrer hangs a bundle on the root, by its subject.
func referrer(t *testing.T, g *attachment.Graph) {
	t.Helper()
	root := descriptor(g.Nodes[g.Root], nil)
	m := parsed(t, ocispec.MediaTypeImageManifest, ocispec.Manifest{
		Versioned:    specs.Versioned{SchemaVersion: 2},
		ArtifactType: "application/vnd.dev.sigstore.bundle.v0.3+json",
		Config:       ocispec.DescriptorEmptyJSON,
		Subject:      &root,
	})
	g.Nodes[m.Digest] = m
	g.Attachments = append(g.Attachments, attachment.Attachment{
		Subject: g.Root, Manifest: m, Kind: attachment.KindBundle,
		Storage: attachment.Referrer, Home: g.Image,
	})
}

func parsed(t *testing.T, mediaType string, v any) manifest.Manifest {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	m, err := manifest.Parse(mediaType, raw)
	require.NoError(t, err)
	return m
}

func descriptor(m manifest.Manifest, p *ocispec.Platform) ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: m.MediaType, Digest: m.Digest, Size: int64(len(m.Raw)), Platform: p}
}

// planned makes the plan for a graph, and the result that a run has before its first write.
func planned(g *attachment.Graph, state plan.Target, change func(*plan.Request)) *promotion.Result {
	r := plan.Request{Source: source(), Target: target()}
	if change != nil {
		change(&r)
	}
	p, err := plan.Make(r, g, state)
	one := &promotion.Result{Request: p.Request, Execution: plan.Execution{Plan: p, Warnings: p.Warnings}, Outcome: promotion.Planned, Err: err}
	for _, s := range p.Steps {
		one.Steps = append(one.Steps, plan.StepResult{Step: s, Outcome: plan.StepPlanned})
	}
	switch {
	case failure.IsRefusal(err):
		one.Outcome = promotion.Refused
	case err != nil:
		one.Outcome = promotion.Failed
	case p.Empty():
		one.Outcome = promotion.AlreadyThere
	}
	return one
}

// done turns a planned result into one that went well.
func done(one *promotion.Result) *promotion.Result {
	one.Outcome = promotion.Promoted
	for i := range one.Steps {
		one.Steps[i].Outcome = plan.StepDone
	}
	return one
}

// broken turns a planned result into one that failed at its last step.
func broken(one *promotion.Result) *promotion.Result {
	one = done(one)
	one.Outcome = promotion.Failed
	one.Steps[len(one.Steps)-1].Outcome = plan.StepFailed
	one.Err = &failure.Failure{
		Side: failure.Target, Message: "promoting", Hint: "It needs Deploy.",
		Err: errors.New("403 Forbidden"),
	}
	return one
}

// leaving adds the deletes of a move to a result.
func leaving(one *promotion.Result, g *attachment.Graph, outcome plan.StepOutcome) *promotion.Result {
	names := []string{one.Request.Source.Tag}
	for _, d := range g.ImageDigests()[1:] {
		names = append(names, reference.DigestFolder(d))
	}
	for _, a := range g.Attachments {
		names = append(names, a.Tag)
	}
	for _, s := range plan.Cleanup(g, one.Request.Source.Tag, attachment.NewListing(names), attachment.Remainder{}) {
		one.Plan.Steps = append(one.Plan.Steps, s)
		one.Steps = append(one.Steps, plan.StepResult{Step: s, Outcome: outcome})
	}
	return one
}
