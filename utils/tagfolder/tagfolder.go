// Package tagfolder deletes and copies what a tag or a digest keeps in its folder, and nothing else. The path of an
// image can lead through the tag of another one: then that image lies in folders inside the folder of the tag (contract
// promote-leaves-images-below), and would go along with the folder. Everything in this tool that deletes a folder, or
// copies one with no other look at it, does so here.
package tagfolder

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

// Lister reads what is directly in a folder ("<repo>/<path>"). Missing is failure.ErrNotFound.
type Lister interface {
	Contents(ctx context.Context, path string) (files, folders []string, err error)
}

// Server is what deleting and copying need. What is not there is failure.ErrNotFound.
type Server interface {
	Lister
	Copy(ctx context.Context, from, to string) error
	Delete(ctx context.Context, path string) error
}

// Inside is what a folder was seen to hold.
type Inside struct {
	Files, Folders []string
}

// Look reads folder info, which lists all that the user may read.
func Look(ctx context.Context, l Lister, path string) (i Inside, err error) {
	i.Files, i.Folders, err = l.Contents(ctx, path)
	return i, err
}

// HasManifest reports whether a manifest is among the files.
func (i Inside) HasManifest() bool { return slices.ContainsFunc(i.Files, isManifest) }

// Has reports whether a file is directly in the folder.
func (i Inside) Has(file string) bool { return slices.Contains(i.Files, file) }

// Lacking returns what belongs to the tag or digest itself, and a copy does not have.
func (i Inside) Lacking(copied Inside) []string {
	return slices.DeleteFunc(i.own(), copied.Has)
}

// own returns the files that belong to the tag or digest itself, in the order in which they may go: the manifests
// first, so that no manifest is without its blobs, and of two the one that is not served (contract layout-both-files).
// What else is in the folder, such as Artifactory's own files, belongs to the image below.
func (i Inside) own() []string {
	files := slices.DeleteFunc(slices.Clone(i.Files), func(name string) bool { return !isManifest(name) && !isBlob(name) })
	slices.SortStableFunc(files, func(a, b string) int { return rank(a) - rank(b) })
	return files
}

func rank(name string) int {
	switch name {
	case manifest.File:
		return 0
	case manifest.ListFile:
		return 1
	default:
		return 2
	}
}

func isManifest(name string) bool { return slices.Contains(manifest.FileNames(), name) }

// isBlob reports the files of layers and configs, "sha256__<hex>".
func isBlob(name string) bool {
	hex, ok := strings.CutPrefix(name, "sha256__")
	return ok && len(hex) == 64 && strings.Trim(hex, "0123456789abcdef") == ""
}

// Try makes a change, first and perhaps again, until it is made. done looks at the state after a change whose outcome
// is not known.
type Try func(ctx context.Context, first, again func(context.Context) error,
	done func(context.Context) (bool, error)) error

// Deletion deletes the folder of a tag or digest.
type Deletion struct {
	Server Server
	Path   string
	Try    Try
	// Gone reports whether the tag or digest is gone.
	Gone func(context.Context) (bool, error)
}

// Delete deletes a folder, which was seen to hold something: whole if there is no folder inside, else its own files one
// by one. A folder without a manifest is not what was decided on: then an answer is missing something.
func (d Deletion) Delete(ctx context.Context, inside Inside) error {
	if !inside.HasManifest() {
		return &failure.Failure{
			Message: fmt.Sprintf("the files of %s that the server lists are not those that it serves", d.Path),
			Hint:    "Nothing of it was deleted. A list leaves out what you may not read: you need Read on " + d.Path + ".",
		}
	}
	if len(inside.Folders) == 0 {
		var err error
		if inside, err = d.whole(ctx); err != nil || len(inside.Folders) == 0 {
			return err
		}
	}
	return d.Files(ctx, inside.own())
}

// whole deletes a folder in which no other was seen. If it has to be tried again and there is one by then, it is given
// back.
func (d Deletion) whole(ctx context.Context) (shared Inside, err error) {
	first := func(ctx context.Context) error { return d.Server.Delete(ctx, d.Path) }
	again := func(ctx context.Context) error {
		now, err := Look(ctx, d.Server, d.Path)
		if err != nil {
			return err
		}
		if len(now.Folders) > 0 {
			shared = now
			return nil
		}
		return first(ctx)
	}
	return shared, d.Try(ctx, first, again, d.Gone)
}

// errWritten ends a deletion file by file.
var errWritten = errors.New("a manifest came meanwhile")

// Files deletes files of the folder in their order. Before each that is no manifest it is made sure that none has come
// back, which would need it.
func (d Deletion) Files(ctx context.Context, names []string) error {
	for _, name := range names {
		remove := func(ctx context.Context) error {
			if !isManifest(name) {
				switch now, err := Look(ctx, d.Server, d.Path); {
				case err != nil:
					return err
				case now.HasManifest():
					return errWritten
				}
			}
			return d.Server.Delete(ctx, d.Path+"/"+name)
		}
		// A 404 after which the file is still there is an error, see lacks.
		err := d.Try(ctx, remove, remove, d.lacks(name))
		if errors.Is(err, errWritten) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// lacks returns a look at whether a file is gone, or must stay.
func (d Deletion) lacks(name string) func(context.Context) (bool, error) {
	return func(ctx context.Context) (bool, error) {
		now, err := Look(ctx, d.Server, d.Path)
		if errors.Is(err, failure.ErrNotFound) {
			return true, nil
		}
		return err == nil && (!now.Has(name) || !isManifest(name) && now.HasManifest()), err
	}
}
