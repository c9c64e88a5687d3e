package promotion

import (
	"context"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
)

// checkAhead asks the server, while the source is still being read, whether the promotion will be allowed: a missing permission is
// told before anything was changed. The answer is waited for by the function that it returns. The server is asked about a copy of
// the root manifest's file, since it checks a file completely and a folder hardly; for a move about a move of it, too, which needs
// Delete at the source.
func (e *Engine) checkAhead(ctx context.Context, s *survey, r plan.Request) func() error {
	if e.DryRun || s.gone || s.target.Tagged == s.root.Digest {
		return func() error { return nil }
	}
	from := r.Source.Folder(r.Source.Tag) + "/" + s.root.FileName()
	to := r.Target.Folder(r.Target.Tag) + "/" + s.root.FileName()
	answer := make(chan error, 1)
	go func() {
		answer <- inOrder(
			func() error { return e.mayWrite(ctx, from, to, s.target.Tagged != "") },
			func() error { return e.mayMove(ctx, from, to, r) },
		)
	}()
	return func() error { return <-answer }
}

func (e *Engine) mayWrite(ctx context.Context, from, to string, overwrites bool) error {
	err := e.ask(ctx, func() error { return e.Checker.CheckCopy(ctx, from, to) })
	return foreseen(failure.Target, err, to, needsDeploy(to, overwrites))
}

// mayMove is asked beside mayWrite, whose refusal is told first; what is left then is Delete at the source.
func (e *Engine) mayMove(ctx context.Context, from, to string, r plan.Request) error {
	if !r.Move {
		return nil
	}
	err := e.ask(ctx, func() error { return e.Checker.CheckMove(ctx, from, to) })
	return foreseen(failure.Source, err, from, "Delete on "+r.Source.Image.String()+", which a move needs; --copy does not")
}

// ask repeats a question that the server failed to answer: unlike a write it may be asked again without a look at the state.
func (e *Engine) ask(ctx context.Context, question func() error) error {
	for attempt := 0; ; attempt++ {
		err := question()
		if err == nil || refused(err) || attempt >= e.Attempts {
			return err
		}
		if err := e.Sleep(ctx, firstWait<<attempt); err != nil {
			return err
		}
	}
}

func foreseen(side failure.Side, err error, path, needs string) error {
	if err == nil || !refused(err) {
		return explain(side, err, "asking whether the promotion of "+path+" is allowed", needs)
	}
	return &failure.Failure{
		Side:    side,
		Message: "the server would not allow the promotion of " + path,
		Hint:    "Nothing was changed. You need " + needs + ".",
		Err:     err,
	}
}
