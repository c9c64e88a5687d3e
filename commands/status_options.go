package commands

import (
	"errors"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
)

// targetOption names the repository to compare with.
type targetOption struct {
	// targetRepo is empty if nothing is compared.
	targetRepo string
}

func (*targetOption) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("target-repo", "Repository to compare with: shows what is missing or differs there."),
	}
}

func (o *targetOption) parse(c *components.Context) error {
	o.targetRepo = c.GetStringFlagValue("target-repo")
	if o.targetRepo == "" && c.IsFlagSet("target-repo") {
		return errors.New("--target-repo is given without a value; leave it out if none is meant")
	}
	return nil
}

// statusOptions are the options and the argument of status.
type statusOptions struct {
	targetOption
	detailsOption
	prefixOption
	placeOption
	outputOptions
	transferOptions
	serverOptions
	invocation

	// image is <repo>/<image>[:tag|@digest] as it was typed.
	image string
}

func (o *statusOptions) groups() []optionGroup {
	return []optionGroup{
		&o.targetOption, &o.detailsOption, &o.prefixOption, &o.placeOption, &o.outputOptions,
		&o.transferOptions, &o.serverOptions,
	}
}

func (o *statusOptions) flags() []components.Flag {
	return flagsOf(o.groups())
}

// parse reads options and the argument. That there is just one has been checked by package arguments.
func (o *statusOptions) parse(c *components.Context) error {
	o.image = c.GetArgumentAt(0)
	return parseAll(c, o.groups())
}
