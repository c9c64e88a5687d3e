package promotion

import (
	"path"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// intoItself refuses a move to a path below the folder of its own source tag, which it would write to and empty at the
// same time. A copy to there changes nothing at the source, and a move out of a folder below the target tag's takes
// only what is its own.
func intoItself(r plan.Request) error {
	folder := reference.Image{Repo: r.Source.Repo, Path: r.Source.Path + "/" + r.Source.Tag}
	if !r.Move || r.Source.Tag == "" || r.Target.Image != folder && !below(r.Target.Image, folder) {
		return nil
	}
	return failure.Refuse(failure.Target, "Copy it with --copy (or 'copy'), or choose another path.",
		"%s is below the folder of %s, which a move empties", r.Target, r.Source)
}

// ownPlace refuses to send what is attached in the image itself elsewhere than the image.
func ownPlace(r plan.Request) error {
	for _, m := range r.Places {
		if m.From == r.Source.Image && m.To != (reference.Image{}) && m.To != r.Target.Image {
			return failure.Refuse(failure.Source, "Leave it out of --attachment-repo.",
				"--attachment-repo sends what is attached in %s to %s, but it is the image itself: what is attached there goes to %s with it", m.From, m.To, r.Target.Image)
		}
	}
	return nil
}

// below reports whether the path of an image leads through that of another.
func below(inner, outer reference.Image) bool {
	return inner.Repo == outer.Repo && strings.HasPrefix(inner.Path, outer.Path+"/")
}

// above returns the images whose path that of an image leads through, from the nearest.
func above(i reference.Image) []reference.Image {
	var outer []reference.Image
	for p := path.Dir(i.Path); p != "."; p = path.Dir(p) {
		outer = append(outer, reference.Image{Repo: i.Repo, Path: p})
	}
	return outer
}

// movesAttachment refuses to move an attachment that was named as if it were an image: what it is attached to would
// lose it.
func movesAttachment(isImage bool, r plan.Request) error {
	if !r.Move || isImage {
		return nil
	}
	return failure.Refuse(failure.Source, "Promote the image that it is attached to: it travels along. Or use --copy.",
		"%s is attached to an image, which would lose it", r.Source.Tagged(r.Source.Tag))
}
