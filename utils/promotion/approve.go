package promotion

import (
	"context"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/merge"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// approve asks whoever has to agree. For those who only plan it predicts first what merges will leave, so that a plan
// names every digest.
func (e *Promoter) approve(ctx context.Context, result *Result) error {
	if e.DryRun {
		if err := e.predictMerges(ctx, result); err != nil {
			return err
		}
	}
	if e.Approve == nil {
		return nil
	}
	return e.Approve(result)
}

// futureRecord is a record that a path will hold, and the content of its config, or where that is read.
type futureRecord struct {
	manifest manifest.Manifest
	config   []byte
	home     reference.Image
}

// predictMerges computes the digests of the records that merges will write. They depend on nothing but both records:
// what the target holds, or what a step before brings to the same path from another place.
func (e *Promoter) predictMerges(ctx context.Context, result *Result) error {
	p := result.Plan
	held := map[string]futureRecord{}
	for i := range p.Steps {
		step := &p.Steps[i]
		theirs, known := held[step.Path]
		if !known {
			theirs = futureRecord{manifest: result.TargetState.Records[step.Path], home: step.Target}
		}
		switch {
		case step.Action == plan.CopyAttachment, step.Action == plan.UpdateAttachment:
			held[step.Path] = futureRecord{manifest: step.Manifest, config: step.Config, home: step.Home}
		case step.Action == plan.MergeAttachment && theirs.manifest.Digest != "":
			record, err := e.predictMerge(ctx, p, *step, theirs)
			if err != nil {
				return err
			}
			held[step.Path] = futureRecord{manifest: record.Manifest, config: record.Config}
			step.Before, step.After = theirs.manifest.Digest, record.Manifest.Digest
			result.Steps[i].Before, result.Steps[i].After = step.Before, step.After
		}
	}
	return nil
}

func (e *Promoter) predictMerge(ctx context.Context, p *plan.Plan, step plan.Step,
	theirs futureRecord,
) (merge.Record, error) {
	s := e.settling(p, step)
	config := theirs.config
	if config == nil {
		var err error
		if config, err = s.configIn(ctx, theirs.home, theirs.manifest); err != nil {
			return merge.Record{}, remote.Explain(failure.Target, err, "reading "+step.Path, "Read on "+theirs.home.String())
		}
	}
	return s.union(theirs.manifest, config)
}
