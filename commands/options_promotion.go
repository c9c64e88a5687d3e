package commands

import (
	"fmt"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
)

// promotionOptions are those of jf rt docker-promote, with its wording.
type promotionOptions struct {
	sourceTag   string
	targetTag   string
	targetImage string
	copyImage   bool
}

func (*promotionOptions) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("source-tag", "The tag name to promote."),
		components.NewStringFlag("target-tag", "The target tag to assign the image after promotion."),
		components.NewStringFlag("target-docker-image", "Docker target image name."),
		components.NewBoolFlag("copy", "If set true, the Docker image is copied to the target repository, otherwise it is moved."),
	}
}

// parse refuses an empty value: --source-tag "$TAG" with a forgotten variable would promote every tag.
func (o *promotionOptions) parse(c *components.Context) error {
	for _, option := range []struct {
		name  string
		value *string
	}{
		{"source-tag", &o.sourceTag}, {"target-tag", &o.targetTag}, {"target-docker-image", &o.targetImage},
	} {
		*option.value = c.GetStringFlagValue(option.name)
		if *option.value == "" && c.IsFlagSet(option.name) {
			return fmt.Errorf("--%s is given without a value; leave it out if none is meant", option.name)
		}
	}
	o.copyImage = c.GetBoolFlagValue("copy")
	return nil
}
