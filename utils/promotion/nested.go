package promotion

import (
	"context"
	"slices"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// unnest removes the folder inside a folder that this run's own copy left, because somebody else made the record in the
// same moment or because the copy came after it was written in another way. It looks for one only where that can be:
// when the record is not what was copied, or the server did not simply say that it was copied. What holds other bytes
// came from elsewhere: it stays, and the result names it.
func (s *settling) unnest(ctx context.Context, theirs manifest.Manifest) error {
	doubtful := s.unclear || theirs.Digest != s.step.Digest
	if !s.copied || !doubtful || theirs.Digest == "" {
		return nil
	}
	s.copied = false
	inside, err := tagfolder.Look(ctx, s.Catalog, s.step.Path)
	if err != nil || !slices.Contains(inside.Folders, s.tag) {
		return remote.Explain(failure.Target, err, s.step.Path, "Read on "+s.step.Path)
	}
	record := reference.Image{Repo: s.step.Target.Repo, Path: s.step.Target.Path + "/" + s.tag}
	nested := record.Folder(s.tag)
	ctx = context.WithoutCancel(ctx)
	if inside, err = tagfolder.Look(ctx, s.Catalog, nested); err == nil {
		if mine, _ := s.Holds(record, s.tag, s.step.Digest)(ctx); !mine {
			s.warning = nested + " stays: it does not hold what this run copied, so it may be of somebody who wrote at the same time. " +
				"No client remote.Looks there; compare it with " + s.step.Path + ", then delete it"
			return nil
		}
		err = s.Deletion(record, s.tag).Delete(ctx, inside)
	}
	return remote.Explain(failure.Target, err, "removing "+nested+", which a copy left there because somebody else wrote at the same time", "Delete on "+nested)
}
