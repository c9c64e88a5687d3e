package tagfolder

import (
	"context"
	"errors"
	"slices"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// Copy copies what a tag or digest keeps in its folder to another folder: whole if no folder is inside and nothing is
// at the target, else file by file, the manifest last. A folder that is copied onto a folder would go into it (contract
// copy-nests); a file to a full path has one meaning, whatever is there.
func Copy(ctx context.Context, s Server, from, to string) error {
	source, err := Look(ctx, s, from)
	if err != nil {
		return err
	}
	_, err = Look(ctx, s, to)
	vacant := errors.Is(err, failure.ErrNotFound)
	switch {
	case err != nil && !vacant:
		return err
	case vacant && len(source.Folders) == 0:
		return s.Copy(ctx, from, to)
	}
	files := source.own()
	slices.Reverse(files)
	for _, name := range files {
		if err := s.Copy(ctx, from+"/"+name, to+"/"+name); err != nil {
			return err
		}
	}
	return nil
}
