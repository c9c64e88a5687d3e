package promotion

import (
	"context"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// holdTarget refuses a target whose source tag is gone if it is not signed, or does not satisfy the policy: what is
// there, together with what is left at the source and will be brought.
func (e *Promoter) holdTarget(ctx context.Context, s *survey, p *plan.Plan, result *Result) error {
	r := result.Request
	if e.Verifier == nil && r.AllowUnsigned {
		return nil
	}
	g, err := e.graphAtTarget(ctx, p, s.pair.To)
	if err != nil {
		return remote.Explain(failure.Target, err, "looking for what is attached to "+r.Target.String(),
			"Read on "+r.Target.Image.String())
	}
	p.Leave(g)
	if err := e.holdTo(ctx, g, result); err != nil {
		return err
	}
	if r.AllowUnsigned || g.Signed(g.Root, r.Prefix) || result.Verified.Target.Proves(g.Root) {
		return nil
	}
	return failure.Refuse(failure.Target, "Sign it with 'cosign sign', or pass --allow-unsigned.",
		"%s is gone, and %s is not signed", r.Source.Tagged(r.Source.Tag), r.Target.Tagged(r.Target.Tag))
}

// signedThere reports whether the image of a plan is signed at the target by what that has of its own, and what the
// plan leaves there.
func (e *Promoter) signedThere(ctx context.Context, s *survey, p *plan.Plan) (bool, error) {
	if s.pair.vacant {
		return false, nil
	}
	g, err := e.graphAtTarget(ctx, p, s.pair.To)
	if err != nil {
		return false, remote.Explain(failure.Target, err, "looking for what is attached in "+p.Target.Image.String(),
			"Read on "+p.Target.Image.String())
	}
	p.Leave(g)
	return g.Signed(g.Root, p.Prefix), nil
}

// holdTo refuses such a target if it does not satisfy the policy.
func (e *Promoter) holdTo(ctx context.Context, g *attachment.Graph, result *Result) error {
	if e.Verifier == nil {
		return nil
	}
	r := result.Request
	verdict, err := e.Verifier.Verify(ctx, r.Target, g)
	if err != nil {
		return remote.Explain(failure.Target, err, "verifying "+r.Target.String(), "Read on "+r.Target.Image.String())
	}
	result.Verified.Target = verdict
	if verdict.Satisfied() {
		return nil
	}
	return failure.Refuse(failure.Target, "Nothing was changed. See who signed it with 'jf signed-promote verify' and the same policy options.",
		"%s is gone, and %s does not satisfy the policy: %s", r.Source.Tagged(r.Source.Tag), r.Target.Tagged(r.Target.Tag), verdict.Lacks())
}
