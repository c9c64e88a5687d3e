package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// assemble puts the image together under a tag of the target, for servers that do not promote single tags of oci and
// federated repositories: the server links the blobs, the manifests are written by their bytes, children first, the tag
// last. Layers never pass through here; what the server cannot link is an error. refusal is what the server said to the
// promotion.
func (p *placing) assemble(ctx context.Context, tag string, before digest.Digest, refusal error) error {
	p.doubt = true
	p.run.Warnings = append(p.run.Warnings,
		fmt.Sprintf("the server refused to promote the tag, as some versions do in oci and federated repositories (%s), and the image was put together from its parts", said(refusal)))
	for _, d := range p.plan.Graph.BottomUp() {
		m, read := p.plan.Graph.Nodes[d]
		if !read {
			continue
		}
		if err := p.assembleOne(ctx, tag, before, m); err != nil {
			return notAssembled(err, refusal, p.plan.Target.Tagged(p.plan.Target.Tag))
		}
	}
	if err := p.arrived(ctx, tag, before); err != nil {
		return err
	}
	return p.carryProperties(ctx, p.plan.Source.Folder(p.plan.Source.Tag), tag)
}

// said returns the server's words, without what this tool has put before them.
func said(refusal error) string {
	var told *failure.Failure
	if errors.As(refusal, &told) && told.Err != nil {
		return told.Err.Error()
	}
	return refusal.Error()
}

func notAssembled(err, refusal error, what string) error {
	return &failure.Failure{
		Side:    failure.Target,
		Message: fmt.Sprintf("the server refused to promote to %s, and it could not be put together from its parts either: %v", what, err),
		Hint:    "Some versions of Artifactory do not promote single tags of oci and federated repositories.",
		Err:     refusal,
	}
}

func (p *placing) assembleOne(ctx context.Context, tag string, before digest.Digest, m manifest.Manifest) error {
	image := p.plan.Target.Image
	isRoot := m.Digest == p.plan.Graph.Root
	name := reference.DigestFolder(m.Digest)
	if isRoot {
		name = tag
	} else if there, err := p.Holds(image, name, m.Digest)(ctx); there || err != nil {
		return err
	}
	for _, d := range m.BlobDescriptors() {
		if err := p.linkBlob(ctx, m.Digest, image.Folder(name), d); err != nil {
			return err
		}
	}
	if isRoot {
		return p.putTag(ctx, tag, m, before)
	}
	put := func(ctx context.Context) error {
		_, err := p.Pusher.PutManifest(ctx, image, name, m)
		return err
	}
	return p.Write(ctx, put, put, p.Holds(image, name, m.Digest))
}

// linkBlob lets the server put a blob into a folder of the target: by its checksum, else as a copy from the folder in
// which the source keeps it beside the manifest that needs it.
func (p *placing) linkBlob(ctx context.Context, owner digest.Digest, folder string, d ocispec.Descriptor) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	source := p.plan.Source
	return p.linkFrom(context.WithoutCancel(ctx), folder, d, source.Folder(reference.DigestFolder(owner)),
		source.Folder(source.Tag))
}

// linkFrom lets the server put a blob into a folder of the target: by its checksum, else as a copy from one of the
// folders that may hold it. A file to a full path has one meaning, whatever is there (contract copy-nests,
// copy-file-overwrites).
func (p *placing) linkFrom(ctx context.Context, folder string, d ocispec.Descriptor, holders ...string) error {
	file := "/" + manifest.BlobFile(d.Digest)
	linked, err := p.Linker.DeployByChecksum(ctx, folder+file, d.Digest.Encoded())
	if linked {
		return nil
	}
	errs := []error{err}
	for _, holder := range holders {
		err := p.Mover.Copy(ctx, holder+file, folder+file)
		if err == nil {
			return nil
		}
		errs = append(errs, err)
	}
	// It may be there, and the refusal be about replacing it. HEAD of a blob would not tell: it may be answered from
	// other images.
	if names, _, err := p.Catalog.Contents(ctx, folder); err == nil && slices.Contains(names, manifest.BlobFile(d.Digest)) {
		return nil
	}
	return fmt.Errorf("the server does not link %s: %w", d.Digest, failure.Join(errs...))
}
