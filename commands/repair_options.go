package commands

import (
	"errors"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/plan"
)

// conflictOption says what may be replaced.
type conflictOption struct {
	onConflict plan.Conflict
}

func (*conflictOption) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("on-conflict", "What to do where the repository has other content under the same tag: "+
			"merge both, keep its own, replace it, or fail. SBOMs cannot be merged.", components.WithStrDefaultValue(string(plan.OnConflictMerge))),
	}
}

func (o *conflictOption) parse(c *components.Context) (err error) {
	o.onConflict, err = conflictIn(c)
	return err
}

// repairOptions are the options and the argument of repair.
type repairOptions struct {
	sourceOptions
	pathOptions
	sinceOption
	shardOption
	conflictOption
	policyOptions
	prefixOption
	dryRunOption
	outputOptions
	failNoOpOption
	transferOptions
	serverOptions
	invocation

	repo string
}

func (o *repairOptions) groups() []optionGroup {
	return []optionGroup{
		&o.sourceOptions, &o.pathOptions, &o.sinceOption, &o.shardOption, &o.conflictOption, &o.policyOptions, &o.prefixOption, &o.dryRunOption,
		&o.outputOptions, &o.failNoOpOption, &o.transferOptions, &o.serverOptions,
	}
}

func (o *repairOptions) flags() []components.Flag { return flagsOf(o.groups()) }

func (o *repairOptions) parse(c *components.Context) error {
	o.repo = c.GetArgumentAt(0)
	if err := parseAll(c, o.groups()); err != nil {
		return err
	}
	if len(o.sourceRepos) == 0 && !o.searchAll {
		return errors.New("repair needs to know where the attachments may be: --source-repos <repo>, or --search-all")
	}
	return nil
}
