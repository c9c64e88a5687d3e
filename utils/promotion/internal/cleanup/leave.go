package cleanup

import (
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// end reports what a move has left at the source, and why. What was attached while it ran is not at the target: that is
// an error, so that the same command is run again.
func (c *cleaning) end() error {
	c.left("something that came there meanwhile may need it")
	image := c.request.Source.Image
	switch {
	case len(c.unlisted) > 0:
		return NotListed(image, c.unlisted)
	case len(c.late) == 0:
		return nil
	}
	return &failure.Failure{
		Side: failure.Source,
		Message: fmt.Sprintf("%s came to %s while the image was moved and is not at the target; what it is attached to stays",
			strings.Join(c.late, ", "), image),
		Hint: "Run the same command again: it brings what came, and completes the move.",
	}
}

// NotListed is the error of a move that leaves what belongs to the image, and was not found before.
func NotListed(image reference.Image, folders []string) error {
	return &failure.Failure{
		Side:    failure.Source,
		Message: fmt.Sprintf("%s of %s names a part of the image as its subject, but no list leads to it, so it is not at the target", strings.Join(folders, ", "), image),
		Hint:    "It stays at the source, with what it is attached to. 'jf signed-promote repair' lists it there; then run the same command again. Or delete it.",
	}
}

// giveUp ends a move out of an image that somebody writes to without a pause.
func (c *cleaning) giveUp() error {
	c.left("it was written to all the time")
	return &failure.Failure{
		Side:    failure.Source,
		Message: "the image is at the target, but somebody keeps writing to " + c.request.Source.Image.String() + ": it is not certain what may be deleted there",
		Hint:    "Run the same command again.",
	}
}

// left notes what stays.
func (c *cleaning) left(why string) {
	c.run.Stays, c.run.TagStays = c.stays, c.tag != ""
	c.run.KeepRest(why)
}
