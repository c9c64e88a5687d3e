package cleanup

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
)

// wholeLook is the look from which it is decided what may go. A file list that is not whole would hide what needs
// something. So what held a manifest when the move was planned, and is not in the list, is looked for in the folder,
// and asked for by itself if that shows it.
func (c *cleaning) wholeLook(ctx context.Context) (map[string]digest.Digest, error) {
	state, err := c.reader().State(ctx, c.request.Source.Image)
	if err != nil {
		return nil, err
	}
	lacks, err := c.lackedBy(ctx, state)
	if err != nil || len(lacks) == 0 {
		return state, err
	}
	// What was pushed between the list and that question is no contradiction.
	if state, err = c.reader().State(ctx, c.request.Source.Image); err != nil {
		return nil, err
	}
	for name := range lacks {
		if state[name] == "" {
			return nil, c.notWhole(name)
		}
	}
	return state, nil
}

// lackedBy returns what a state does not show although it is there.
func (c *cleaning) lackedBy(ctx context.Context, state map[string]digest.Digest) (map[string]digest.Digest, error) {
	image := c.request.Source.Image
	unseen := slices.DeleteFunc(c.memory.Held(image), func(name string) bool { return state[name] != "" })
	if len(unseen) == 0 {
		return nil, nil
	}
	names, err := c.At(failure.Source).Folders(ctx, image)
	if errors.Is(err, failure.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	unseen = slices.DeleteFunc(unseen, func(name string) bool { return !slices.Contains(names, name) })
	return c.reader().StateByFolder(ctx, image, attachment.NewListing(unseen))
}

// confirmGone makes sure of what a state does not show before it counts as deleted.
func (c *cleaning) confirmGone(ctx context.Context, name string) error {
	image := c.request.Source.Image
	d, err := c.At(failure.Source).HeldBy(ctx, image, name)
	if err != nil {
		return err
	}
	if d != "" {
		return c.notWhole(name)
	}
	return nil
}

func (c *cleaning) notWhole(name string) error {
	image := c.request.Source.Image
	return &failure.Failure{
		Side: failure.Source,
		Message: fmt.Sprintf("the list of files of %s lacks %s, which is there, so what may be deleted cannot be told", image,
			name),
		Hint: "The target has the image; what is left at the source stays. Make sure that you have Read on all of " + image.String() + ", and run the same command again.",
	}
}
