package commands

import "github.com/jfrog/jfrog-cli-core/v2/plugins/components"

// optionGroup is a set of options with one purpose, to be embedded by the options of commands.
type optionGroup interface {
	// flags declares the options.
	flags() []components.Flag
	// parse reads and checks the values. Its error names the option and what it takes.
	parse(c *components.Context) error
}

// flagsOf declares the options of several groups, in their order.
func flagsOf(groups []optionGroup) []components.Flag {
	var flags []components.Flag
	for _, group := range groups {
		flags = append(flags, group.flags()...)
	}
	return flags
}

// parseAll reads several groups and stops at the first mistake.
func parseAll(c *components.Context, groups []optionGroup) error {
	for _, group := range groups {
		if err := group.parse(c); err != nil {
			return err
		}
	}
	return nil
}
