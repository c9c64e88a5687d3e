// Package option has the groups of options that several commands share: what each declares, and how its values are read
// and checked. The options of a command are a struct of such groups.
package option

import (
	"reflect"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
)

// Group is a set of options with one purpose, to be embedded by the options of commands.
type Group interface {
	// Flags declares the options.
	Flags() []components.Flag
	// Parse reads and checks the values. Its error names the option and what it takes.
	Parse(c *components.Context) error
}

// Flags declares the options of all groups in a command's options, in their order.
func Flags(options any) []components.Flag {
	var flags []components.Flag
	for _, group := range groups(options) {
		flags = append(flags, group.Flags()...)
	}
	return flags
}

// Parse reads all groups in a command's options and stops at the first mistake.
func Parse(c *components.Context, options any) error {
	for _, group := range groups(options) {
		if err := group.Parse(c); err != nil {
			return err
		}
	}
	return nil
}

// groups returns the exported fields, embedded or not, that are groups. options is a pointer to a struct.
func groups(options any) []Group {
	var all []Group
	fields := reflect.ValueOf(options).Elem()
	for i := range fields.NumField() {
		field := fields.Field(i)
		if !field.CanSet() {
			continue
		}
		if group, is := field.Addr().Interface().(Group); is {
			all = append(all, group)
		}
	}
	return all
}
