package commands

import (
	"context"
	"fmt"
	"io"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/audit"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inspect"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
	"github.com/signed-promote/signed-promote/utils/verification"
)

// entryVerifier holds entries of attachments to a policy.
type entryVerifier struct {
	verifier *verification.Verifier
	blobs    remote.BlobReader
}

// Verified reports which entries of an attachment verify. The policy is asked about its subject as if nothing else were
// attached.
func (v entryVerifier) Verified(ctx context.Context, at reference.Reference, g *attachment.Graph,
	a attachment.Attachment,
) ([]bool, error) {
	alone := &attachment.Graph{
		Image: g.Image, Root: a.Subject, Nodes: g.Nodes, Attachments: []attachment.Attachment{a},
		API: g.API,
	}
	verdict, err := v.verifier.Verify(ctx, at, alone)
	if err != nil {
		return nil, err
	}
	all := make([]bool, 0, len(verdict.Evidence))
	for _, e := range verdict.Evidence {
		all = append(all, e.Problem == "" && e.Verified())
	}
	if a.Storage == attachment.SuffixTag && len(all) != len(a.Manifest.Content.Layers) {
		return nil, nil
	}
	return all, nil
}

// Config reads the config of a record.
func (v entryVerifier) Config(ctx context.Context, a attachment.Attachment) ([]byte, error) {
	if a.Manifest.Content.Config == nil {
		return []byte("{}"), nil
	}
	body, err := v.blobs.Blob(ctx, a.Home, *a.Manifest.Content.Config)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	content, err := io.ReadAll(io.LimitReader(body, manifest.MaxSize+1))
	if err == nil && len(content) > manifest.MaxSize {
		err = fmt.Errorf("the config of %s is larger than %d bytes", a.Folder(), manifest.MaxSize)
	}
	return content, err
}

// imageVerifier holds the images of a repository against the policy, one by one, as they are found.
type imageVerifier struct {
	images inspect.Reader
	policy promotion.Verifier
	places []reference.Image
}

// Verify reads an image with all that is attached to it. That it does not satisfy the policy is an error that says why.
func (v imageVerifier) Verify(ctx context.Context, ref reference.Reference) (proved bool, err error) {
	graph, err := v.images.Read(ctx, failure.Target, ref, v.places...)
	if err != nil {
		return false, err
	}
	verdict, err := v.policy.Verify(ctx, ref, graph)
	if err == nil && !verdict.Satisfied() {
		err = audit.UnsatisfiedError(verdict.Lacks())
	}
	return err == nil && verdict.Proves(graph.Root), err
}
