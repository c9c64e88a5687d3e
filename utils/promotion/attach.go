package promotion

import (
	"context"
	"fmt"
	"net/http"
	"path"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// attachOne brings the record behind one suffix tag to the target and reads it back. The warning tells of properties that could
// not be set.
func (e *Engine) attachOne(ctx context.Context, p *plan.Plan, step plan.Step) (warning string, err error) {
	tag := path.Base(step.Path)
	byFile := func(ctx context.Context) error { return e.copyFiles(ctx, step) }
	first := byFile
	if step.Action == plan.CopyAttachment {
		// One request for the whole folder, since the target is absent. After a failure it might not be, and a folder copied onto a
		// folder nests: then file by file.
		first = func(ctx context.Context) error { return e.Mover.Copy(ctx, step.From, step.Path) }
	}
	if err := e.write(ctx, first, byFile, e.shows(p.Target.Image, tag, step.Digest)); err != nil {
		return "", explain(failure.Target, err, fmt.Sprintf("copying %s to %s", step.From, step.Path), needsDeploy(step.Path, step.Action == plan.UpdateAttachment))
	}
	if err := e.await(ctx, p.Target.Image, tag, step.Digest, step.Before); err != nil {
		return "", err
	}
	return e.rename(ctx, p, step), nil
}

// copyFiles copies the files of a tag folder one by one to their full paths, which has one meaning in every state of the target:
// blobs first, the manifest last, so that it never names what is not there.
func (e *Engine) copyFiles(ctx context.Context, step plan.Step) error {
	for _, d := range step.Manifest.Blobs() {
		if err := e.Mover.Copy(ctx, step.From+"/"+blobFile(d), step.Path+"/"+blobFile(d)); err != nil {
			return err
		}
	}
	name := step.Manifest.FileName()
	return e.Mover.Copy(ctx, step.From+"/"+name, step.Path+"/"+name)
}

// blobFile gives the name under which Artifactory keeps a blob in a tag folder (facts: tags in local repositories).
func blobFile(d digest.Digest) string { return d.Algorithm().String() + "__" + d.Encoded() }

// rename corrects the properties that a copy carries over with the name of the source image. They serve searches only, so that a
// missing Annotate permission is a warning.
func (e *Engine) rename(ctx context.Context, p *plan.Plan, step plan.Step) (warning string) {
	if p.Source.Path == p.Target.Path {
		return ""
	}
	file := step.Path + "/" + step.Manifest.FileName()
	err := e.Annotator.SetProperties(context.WithoutCancel(ctx), file, map[string]string{"docker.repoName": p.Target.Path})
	if err == nil {
		return ""
	}
	if status, _ := failure.Status(err); status == http.StatusForbidden {
		err = fmt.Errorf("that needs Annotate on %s", p.Target.Image)
	}
	return fmt.Sprintf("searches by the property docker.repoName find %s under %s still, since it could not be corrected: %v", step.Path, p.Source.Path, err)
}

// arrived reads the promoted image back: every child by digest, and the tag.
func (e *Engine) arrived(ctx context.Context, p *plan.Plan, step plan.Step) error {
	calls := []func() error{func() error { return e.await(ctx, p.Target.Image, p.Target.Tag, p.Graph.Root, step.Before) }}
	for _, d := range p.Graph.ImageDigests()[1:] {
		if _, there := p.Graph.Nodes[d]; there {
			calls = append(calls, func() error { return e.await(ctx, p.Target.Image, reference.DigestFolder(d), d, "") })
		}
	}
	return inOrder(calls...)
}
