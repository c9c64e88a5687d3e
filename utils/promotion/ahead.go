package promotion

import (
	"context"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
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
	answer := make(chan error, 1)
	go func() {
		var questions []func() error
		for _, name := range filesToWrite(s) {
			to := r.Target.Folder(r.Target.Tag) + "/" + name
			questions = append(questions, func() error { return e.mayWrite(ctx, from, to, r.Target.Tagged(r.Target.Tag), s.target.Tagged != "") })
		}
		to := r.Target.Folder(r.Target.Tag) + "/" + s.root.FileName()
		questions = append(questions, func() error { return e.mayMove(ctx, from, to, r) })
		answer <- inOrder(questions...)
	}()
	return func() error { return <-answer }
}

// filesToWrite names the files of the target tag whose change is asked about: the root's own, and when another image is replaced,
// which can be an index where the root is none, that of either kind.
func filesToWrite(s *survey) []string {
	if s.target.Tagged == "" {
		return []string{s.root.FileName()}
	}
	return manifest.FileNames()
}

// mayWrite asks whether one file may be copied over another, or to where none is. what names it for the user.
func (e *Engine) mayWrite(ctx context.Context, from, to, what string, overwrites bool) error {
	err := e.ask(ctx, func() error { return e.Checker.CheckCopy(ctx, from, to) })
	return foreseen(failure.Target, err, what+" may not be written",
		needsDeploy(what, overwrites)+", and the patterns of the repository must let it in")
}

// mayMove is asked beside mayWrite, whose refusal is told first; what is left then is Delete at the source.
func (e *Engine) mayMove(ctx context.Context, from, to string, r plan.Request) error {
	if !r.Move {
		return nil
	}
	err := e.ask(ctx, func() error { return e.Checker.CheckMove(ctx, from, to) })
	return foreseen(failure.Source, err, r.Source.Tagged(r.Source.Tag)+" may not be moved away",
		"Delete on "+r.Source.Image.String()+", which a move needs; --copy does not")
}

// mayUpdate asks the same about the records that are to be replaced: that needs Delete, which a first promotion does not.
func (e *Engine) mayUpdate(ctx context.Context, p *plan.Plan) error {
	steps := p.Of(plan.UpdateAttachment)
	questions := make([]func() error, 0, len(steps))
	for _, step := range steps {
		file := "/" + step.Manifest.FileName()
		questions = append(questions, func() error { return e.mayWrite(ctx, step.From+file, step.Path+file, step.Path, true) })
	}
	return inOrder(questions...)
}

// ask repeats a question that the server failed to answer: unlike a write it may be asked again without a look at the state.
func (e *Engine) ask(ctx context.Context, question func() error) error {
	for attempt := 0; ; attempt++ {
		err := question()
		if err == nil || refused(err) || attempt >= e.Attempts {
			return err
		}
		if err := e.Sleep(ctx, max(firstWait<<attempt, failure.Patience(err))); err != nil {
			return err
		}
	}
}

func foreseen(side failure.Side, err error, message, needs string) error {
	if err == nil || !refused(err) {
		return explain(side, err, "asking whether this promotion is allowed", needs)
	}
	return &failure.Failure{Side: side, Message: message, Hint: "Nothing was changed. You need " + needs + ".", Err: err}
}
