package cleanup

import (
	"context"
	"errors"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// Remnants returns the deletes of what an interrupted move left in the folder of its source tag, which is not deleted
// as a whole because an image lies below it: blobs of the moved image, without a manifest that would need them. A
// folder that was not seen is not asked for.
func (c Cleaner) Remnants(ctx context.Context, g *attachment.Graph, r plan.Request,
	listing attachment.Listing,
) ([]plan.Step, error) {
	if !listing.Has(r.Source.Tag) {
		return nil, nil
	}
	files, err := c.remaining(ctx, g, r)
	if err != nil || len(files) == 0 {
		return nil, err
	}
	return []plan.Step{{Action: plan.DeleteTag, Path: r.Source.Folder(r.Source.Tag), Digest: g.Root}}, nil
}

// remaining names the blobs of the root manifest in the folder of the source tag, unless there is a manifest.
func (c Cleaner) remaining(ctx context.Context, g *attachment.Graph, r plan.Request) ([]string, error) {
	path := r.Source.Folder(r.Source.Tag)
	inside, err := c.At(failure.Source).Look(ctx, path)
	switch {
	case errors.Is(err, failure.ErrNotFound), err == nil && inside.HasManifest():
		return nil, nil
	case err != nil:
		return nil, err
	}
	var files []string
	for _, d := range g.Nodes[g.Root].BlobDescriptors() {
		if inside.Has(manifest.BlobFile(d.Digest)) {
			files = append(files, manifest.BlobFile(d.Digest))
		}
	}
	return files, nil
}

// Sweep deletes remnants, if they were planned.
func (c Cleaner) Sweep(ctx context.Context, p *plan.Plan, run *plan.Execution) error {
	step, planned := p.The(plan.DeleteTag)
	if !planned {
		return nil
	}
	files, err := c.remaining(ctx, p.Graph, p.Request)
	if err == nil {
		err = c.Deletion(p.Source.Image, p.Source.Tag).Files(ctx, files)
		err = remote.Explain(failure.Source, err, "deleting what is left in "+step.Path, "Delete on "+step.Path)
	}
	outcome := plan.StepDone
	if err != nil {
		outcome = plan.StepFailed
	}
	run.Record(step, outcome)
	return err
}
