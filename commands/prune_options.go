package commands

import (
	"fmt"
	"time"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// defaultGrace spares what came a moment ago: a signature may be pushed before its image.
const defaultGrace = 24 * time.Hour

// pruneRules say what is removed, and how.
type pruneRules struct {
	grace      time.Duration
	quiet      bool
	quarantine string
	journal    string
}

func (*pruneRules) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("older-than", "Spare what came or changed within this time, such as 12h or 30d.", components.WithStrDefaultValue("24h")),
		components.NewBoolFlag("quiet", "Set to true to skip the confirmation message."),
		components.NewStringFlag("quarantine-repo", "Move attachments to this repository, below the path <repo>/<image>, instead of deleting them."),
		components.NewStringFlag("journal", "File that takes down what is removed and how to bring it back, one JSON object a line. By default a new file in the current directory."),
	}
}

func (o *pruneRules) parse(c *components.Context) (err error) {
	o.quiet, o.quarantine, o.journal = c.GetBoolFlagValue("quiet"), c.GetStringFlagValue("quarantine-repo"), c.GetStringFlagValue("journal")
	o.grace = defaultGrace
	if value := c.GetStringFlagValue("older-than"); value != "" {
		if o.grace, err = age(value); err != nil {
			return fmt.Errorf("--older-than must be a duration such as 12h or 30d, not %q", value)
		}
	}
	if o.quarantine != "" {
		if err := reference.CheckRepo(o.quarantine); err != nil {
			return fmt.Errorf("--quarantine-repo: %w", err)
		}
	}
	return nil
}

// pruneOptions are the options and the argument of prune.
type pruneOptions struct {
	pruneRules
	pathOptions
	shardOption
	placeOption
	dryRunOption
	outputOptions
	failNoOpOption
	transferOptions
	serverOptions
	invocation

	repo string
}

func (o *pruneOptions) groups() []optionGroup {
	return []optionGroup{
		&o.pruneRules, &o.pathOptions, &o.shardOption, &o.placeOption, &o.dryRunOption, &o.outputOptions, &o.failNoOpOption,
		&o.transferOptions, &o.serverOptions,
	}
}

func (o *pruneOptions) flags() []components.Flag { return flagsOf(o.groups()) }

func (o *pruneOptions) parse(c *components.Context) error {
	o.repo = c.GetArgumentAt(0)
	if err := parseAll(c, o.groups()); err != nil {
		return err
	}
	if o.quarantine == o.repo {
		return fmt.Errorf("--quarantine-repo names %s itself", o.repo)
	}
	return reference.CheckRepo(o.repo)
}
