package prune

import (
	"context"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

// Rights reports what the user may see.
type Rights interface {
	// Administrator reports whether searches show the user everything there is.
	Administrator(ctx context.Context) (bool, error)
	// MayRead fails, loudly, unless the user may read a whole repository.
	MayRead(ctx context.Context, repo string) error
	// Concealed returns those of the manifests that are where the user may not read, beside the known places, or of
	// which that cannot be told. shown is one that the user may read.
	Concealed(ctx context.Context, sought []manifest.Sought, shown manifest.Stored) ([]digest.Digest, error)
}

// checkRights makes sure that the absence of a subject can be proved. A search leaves out what the user may not read
// without a word: only that of an administrator shows every repository. Everybody else names those in which the
// subjects may be, and has to have Read there.
func (p *prune) checkRights(ctx context.Context) error {
	admin, err := p.Rights.Administrator(ctx)
	if err != nil {
		return fmt.Errorf("asking whether the user is an administrator: %w", err)
	}
	if !admin && len(p.Subjects) == 0 {
		return &failure.Failure{
			Side:    failure.Target,
			Message: "only an administrator sees every repository in which the images may be",
			Hint:    "Name those repositories with --subjects-in, such as the one that images are promoted to. It takes Read on all of each.",
		}
	}
	if p.all = admin; admin {
		return nil
	}
	for _, repo := range append([]string{p.Repo}, p.Subjects...) {
		if err := p.Rights.MayRead(ctx, repo); err != nil {
			return failure.At(failure.Target, err, "looking whether "+repo+" may be read",
				"It takes Read on all of "+repo+", since what is left out proves nothing.")
		}
	}
	return nil
}

// findConcealed finds the subjects that are where the user may not read, whichever repository or path that is: rights
// can be given, and taken, by path patterns, which no request for a single path shows. An administrator may read
// everything.
func (p *prune) findConcealed(ctx context.Context, subjects []digest.Digest,
	holders map[digest.Digest][]manifest.Stored,
) error {
	if p.all || len(subjects) == 0 {
		return nil
	}
	sought := make([]manifest.Sought, 0, len(subjects))
	for _, d := range subjects {
		sought = append(sought, manifest.Sought{Digest: d, Known: holders[d]})
	}
	at := slices.IndexFunc(p.result.All, func(o Orphan) bool { return o.KeepReason == "" })
	concealed, err := p.Rights.Concealed(ctx, sought, p.stored(p.result.All[at]))
	for _, d := range concealed {
		p.concealed[d] = true
	}
	return err
}

// stored returns the manifest file of an orphan, as the search showed it.
func (p *prune) stored(o Orphan) manifest.Stored {
	name := manifest.File
	if p.own.Images[o.Image.Path].Folders[o.Name].List {
		name = manifest.ListFile
	}
	return manifest.Stored{Image: o.Image, Folder: o.Name, Name: name, Digest: o.Digest}
}
