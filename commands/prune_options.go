package commands

import (
	"errors"
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
	now        bool
	delete     bool
	quarantine string
	journal    string
	state      string
	// central lets attachments go from paths that hold nothing else; subjects are the repositories in which their
	// images may be.
	central  bool
	subjects []string
}

func (*pruneRules) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("older-than", "Spare what came or changed within this time, such as 12h or 30d, and what was not seen without its image by a run that long ago.", components.WithStrDefaultValue("24h")),
		components.NewBoolFlag("quiet", "Set to true to skip the confirmation message."),
		components.NewStringFlag("quarantine-repo",
			"Move attachments to this repository, below the path <repo>/<image>. Either this or --delete has to be given."),
		components.NewBoolFlag("delete", "Set to true to delete attachments."),
		components.NewBoolFlag("now", "Set to true to remove at once what no run has seen before."),
		components.NewStringFlag("state", "File in which runs note what they saw; by default that is a property on each attachment's folder, which needs Annotate."),
		components.NewStringFlag("subjects-in", "Further repositories in which the images may be, separated by ';'. Who is no administrator has to name them, and needs Read on all of each."),
		components.NewBoolFlag("central", "Set to true to remove from image paths that hold attachments only, too. They may be of images in another registry."),
		components.NewStringFlag("journal", "File that takes down what is removed and how to bring it back, one JSON object a line. By default a new file in the current directory."),
	}
}

func (o *pruneRules) parse(c *components.Context) (err error) {
	o.quiet, o.quarantine, o.journal = c.GetBoolFlagValue("quiet"), c.GetStringFlagValue("quarantine-repo"), c.GetStringFlagValue("journal")
	o.now, o.delete, o.central = c.GetBoolFlagValue("now"), c.GetBoolFlagValue("delete"), c.GetBoolFlagValue("central")
	o.state, o.subjects = c.GetStringFlagValue("state"), listed(c.GetStringFlagValue("subjects-in"))
	o.grace = defaultGrace
	if value := c.GetStringFlagValue("older-than"); value != "" {
		if o.grace, err = age(value); err != nil {
			return fmt.Errorf("--older-than must be a duration such as 12h or 30d, not %q", value)
		}
	}
	return o.consistent()
}

// atOnce reports that what is seen for the first time may go: two runs without any time between them are one.
func (o *pruneRules) atOnce() bool { return o.now || o.grace == 0 }

// consistent reports which options cannot be meant together.
func (o *pruneRules) consistent() error {
	switch {
	case o.delete && o.quarantine != "":
		return errors.New("--delete deletes and --quarantine-repo moves; leave one of them out")
	case o.atOnce() && o.state != "":
		return errors.New("--now, and --older-than 0h, remove whatever earlier runs saw; leave --state out")
	}
	if o.quarantine != "" {
		if err := reference.CheckRepo(o.quarantine); err != nil {
			return fmt.Errorf("--quarantine-repo: %w", err)
		}
	}
	for _, key := range o.subjects {
		if err := reference.CheckRepo(key); err != nil {
			return fmt.Errorf("--subjects-in: %w", err)
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
