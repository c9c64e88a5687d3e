package verification_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/verification"
)

// store is a registry in memory with the referrers API.
type store struct {
	mu        sync.Mutex
	manifests map[string]manifest.Manifest
	blobs     map[string][]byte
	names     []string
	// reads counts how often each blob was read.
	reads map[digest.Digest]int
	// broken is what reading a blob fails with, if not nil.
	broken error
}

func (s *store) PutManifest(repo, name, ref, mediaType string, content []byte) string {
	m, err := manifest.Parse(mediaType, content)
	if err != nil {
		panic(err)
	}
	for _, key := range []string{ref, m.Digest.String()} {
		s.manifests[repo+"/"+name+"/"+key] = m
	}
	s.names = append(s.names, ref)
	return m.Digest.String()
}

func (s *store) PutBlob(_, _ string, content []byte) string {
	d := digest.FromBytes(content)
	s.blobs[d.String()] = content
	return d.String()
}

func (s *store) Content(string) ([]byte, bool) { return nil, false }

func (s *store) Manifest(_ context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	m, there := s.manifests[image.Folder(ref)]
	if !there {
		return m, failure.ErrNotFound
	}
	return m, nil
}

func (s *store) Referrers(_ context.Context, image reference.Image,
	subject digest.Digest,
) (all []ocispec.Descriptor, supported bool, err error) {
	seen := map[digest.Digest]bool{}
	for _, name := range s.names {
		m, there := s.manifests[image.Folder(name)]
		if there && !seen[m.Digest] && m.Content.Subject != nil && m.Content.Subject.Digest == subject {
			all = append(all, ocispec.Descriptor{MediaType: m.MediaType, Digest: m.Digest, Size: int64(len(m.Raw))})
		}
		seen[m.Digest] = true
	}
	return all, true, nil
}

func (s *store) Blob(_ context.Context, _ reference.Image, d ocispec.Descriptor) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads[d.Digest]++
	content, there := s.blobs[d.Digest.String()]
	switch {
	case s.broken != nil:
		return nil, s.broken
	case !there:
		return nil, fmt.Errorf("%s: %w", d.Digest, failure.ErrNotFound)
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

// world is one image in a registry, and a place for files.
type world struct {
	t       *testing.T
	store   *store
	image   fixture.Image
	subject digest.Digest
	prefix  string
	env     map[string]string
	report  bool
	now     time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	s := &store{manifests: map[string]manifest.Manifest{}, blobs: map[string][]byte{}, reads: map[digest.Digest]int{}}
	w := &world{
		t: t, store: s, image: fixture.New(s).Image("docker-dev-local", "team/app"), env: map[string]string{},
		now: time.Now(),
	}
	w.subject = w.image.Single("1.0", "content")
	return w
}

// file writes a file and gives its path.
func (w *world) file(name string, content []byte) string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), name)
	require.NoError(w.t, os.WriteFile(path, content, 0o600))
	return path
}

func (w *world) verifier(policies ...policy.Policy) (*verification.Verifier, error) {
	w.t.Helper()
	return verification.New(w.t.Context(), verification.Options{
		Policies: policies, Blobs: w.store, Prefix: w.prefix, Report: w.report,
		Server: &url.URL{Scheme: "https", Host: "acme.example"},
		Getenv: func(name string) string { return w.env[name] }, Now: func() time.Time { return w.now },
	})
}

// graph reads what is attached to a tag.
func (w *world) graph(tag string) *attachment.Graph {
	w.t.Helper()
	image := reference.Image{Repo: w.image.Repo, Path: w.image.Name}
	root, err := w.store.Manifest(w.t.Context(), image, tag)
	require.NoError(w.t, err)
	g, err := attachment.Discover(w.t.Context(), w.store, image, root, attachment.NewListing(w.store.names))
	require.NoError(w.t, err)
	return g
}

func (w *world) at(tag string) reference.Reference {
	return reference.Reference{Image: reference.Image{Repo: w.image.Repo, Path: w.image.Name}, Tag: tag}
}

// verify holds 1.0 against rules.
func (w *world) verify(rules ...policy.Rule) *policy.Verdict {
	w.t.Helper()
	v, err := w.verifier(policy.Policy{Rules: rules})
	require.NoError(w.t, err)
	verdict, err := v.Verify(w.t.Context(), w.at("1.0"), w.graph("1.0"))
	require.NoError(w.t, err)
	return verdict
}

// byKey asks for a signature by a key that is in no log.
func byKey(path string) policy.Rule {
	return asking(policy.Signer{Key: path}, policy.Trust{IgnoreTlog: true})
}

func asking(s policy.Signer, trust policy.Trust) policy.Rule {
	return policy.Rule{Signatures: &policy.Signatures{Required: 1, By: []policy.Signer{s}}, Trust: trust}
}

// attesting asks for an attestation of a type.
func attesting(rule policy.Rule, predicateType string) policy.Rule {
	rule.Attestations = []policy.Attestation{{
		Type: predicateType, Label: predicateType, Required: 1,
		By: rule.Signatures.By,
	}}
	rule.Signatures = nil
	return rule
}
