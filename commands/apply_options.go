package commands

import (
	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
)

// applyOptions are the options and the argument of apply. How to promote stands in the plan; who must have signed does
// not.
type applyOptions struct {
	sumOption
	policyOptions
	dryRunOption
	outputOptions
	failNoOpOption
	transferOptions
	serverOptions
	invocation

	// file is the path of the plan.
	file string
}

func (o *applyOptions) groups() []optionGroup {
	return []optionGroup{
		&o.sumOption, &o.policyOptions, &o.dryRunOption, &o.outputOptions, &o.failNoOpOption,
		&o.transferOptions, &o.serverOptions,
	}
}

func (o *applyOptions) flags() []components.Flag { return flagsOf(o.groups()) }

// parse reads options and the argument. That there is just one has been checked by package arguments.
func (o *applyOptions) parse(c *components.Context) error {
	o.file = c.GetArgumentAt(0)
	return parseAll(c, o.groups())
}
