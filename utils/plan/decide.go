package plan

import (
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

// Decide compares the record behind a suffix tag on both sides and tells what is to happen to the source's, mine, and
// by which action; ok is false for a conflict. theirs without a digest, though it exists, is a folder without a
// manifest. The manifests of ".sig" and ".att" are lists of entries, of which one can include the other, and which can
// be merged; any other record is either equal or a conflict.
func Decide(on Conflict, kind attachment.Kind, mine, theirs manifest.Manifest,
	exists bool,
) (transfer Transfer, action Action, ok bool) {
	way := on.For(kind)
	switch {
	case !exists:
		return TransferCopy, CopyAttachment, true
	case theirs.Digest == mine.Digest:
		return TransferNone, "", true
	case theirs.Digest == "":
		return TransferMerge, UpdateAttachment, true
	case way != OnConflictReplace && isList(kind, mine, theirs) && theirs.Covers(mine):
		return TransferKeep, "", true
	}
	switch way {
	case OnConflictKeep:
		return TransferKeep, "", true
	case OnConflictReplace:
		return TransferReplace, UpdateAttachment, true
	case OnConflictFail:
		return TransferNone, "", false
	default:
		return union(kind, mine, theirs)
	}
}

// union fast-forwards where it can: the source's bytes keep what is attached to their digest valid.
func union(kind attachment.Kind, mine, theirs manifest.Manifest) (Transfer, Action, bool) {
	switch {
	case isList(kind, mine, theirs) && mine.Covers(theirs):
		return TransferMerge, UpdateAttachment, true
	case isList(kind, mine, theirs):
		return TransferMerge, MergeAttachment, true
	default:
		return TransferNone, "", false
	}
}

// isList reports whether both sides hold lists of entries of the same kind. Something else behind such a tag, such as
// an image, is none: its layers are no entries.
func isList(kind attachment.Kind, mine, theirs manifest.Manifest) bool {
	return attachment.IsRecord(kind, mine) && attachment.IsRecord(kind, theirs)
}
