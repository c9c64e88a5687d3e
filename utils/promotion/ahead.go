package promotion

import (
	"context"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// checkAhead asks the server, while the source is still being read, whether the promotion will be allowed: a missing
// permission is told before anything was changed. The answer is waited for by the function that it returns. The server
// is asked about a copy of the root manifest's file, since it checks a file completely and a folder hardly.
func (e *Promoter) checkAhead(ctx context.Context, s *survey, r plan.Request,
	tagged func() (digest.Digest, error),
) func() error {
	if e.DryRun || s.gone {
		return func() error { return nil }
	}
	return parallel.Start(func() error {
		before, err := tagged()
		if err != nil || before == s.root.Digest {
			return err
		}
		return parallel.All(e.mayTag(ctx, s, r, before)...)
	})
}

// mayTag returns the questions whether the target tag, which shows before, may be written.
func (e *Promoter) mayTag(ctx context.Context, s *survey, r plan.Request, before digest.Digest) []func() error {
	names := filesToWrite(s.root, before)
	questions := make([]func() error, 0, len(names))
	for _, name := range names {
		to := r.Target.Folder(r.Target.Tag) + "/" + name
		questions = append(questions, func() error {
			return e.mayWrite(ctx, rootFile(r, s.root), to, r.Target.Tagged(r.Target.Tag), before != "")
		})
	}
	return questions
}

// rootFile is the file of the image's own manifest at the source, which is there for certain.
func rootFile(r plan.Request, root manifest.Manifest) string {
	return r.Source.Folder(r.Source.Tag) + "/" + root.FileName()
}

// filesToWrite names the files of the target tag whose change is asked about: the root's own, and when another image is
// replaced, which can be an index where the root is none, that of either kind.
func filesToWrite(root manifest.Manifest, before digest.Digest) []string {
	if before == "" {
		return []string{root.FileName()}
	}
	return manifest.FileNames()
}

// mayWrite asks whether one file may be copied over another, or to where none is. what names it for the user.
func (e *Promoter) mayWrite(ctx context.Context, from, to, what string, overwrites bool) error {
	err := e.Ask(ctx, func() error { return e.Checker.CheckCopy(ctx, from, to) })
	return foreseen(failure.Target, err, what+" may not be written",
		remote.NeedsDeploy(what, overwrites)+", and the patterns of the repository must let it in")
}

func foreseen(side failure.Side, err error, message, needs string) error {
	if err == nil || !remote.Refused(err) {
		return remote.Explain(side, err, "asking whether this promotion is allowed", needs)
	}
	return &failure.Failure{Side: side, Message: message, Hint: "Nothing was changed. You need " + needs + ".", Err: err}
}
