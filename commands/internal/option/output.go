package option

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/arguments"
)

// Format is how a result is printed.
type Format string

// The formats. JUnit and HTML are for audits only.
const (
	FormatJUnit Format = "junit"
	FormatHTML  Format = "html"
	FormatTable Format = "table"
	FormatJSON  Format = "json"
)

// Output chooses how the result is printed.
type Output struct {
	Format Format
	// More are formats beside table and json that a command has.
	More []Format
}

// Flags declares the options.
func (o *Output) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("format", "Defines the output format of the command. Acceptable values are: "+enumerated(o.known())+".",
			components.WithStrDefaultValue(string(FormatTable))),
	}
}

func (o *Output) known() []string {
	known := make([]string, 0, 2+len(o.More))
	known = append(known, string(FormatTable), string(FormatJSON))
	for _, format := range o.More {
		known = append(known, string(format))
	}
	return known
}

// Parse reads and checks the values.
func (o *Output) Parse(c *components.Context) error {
	value := c.GetStringFlagValue("format")
	if value == "" {
		value = string(FormatTable)
	}
	value, err := OneOf("format", value, o.known())
	o.Format = Format(value)
	return err
}

// OneOf checks a value against those that an option accepts, whatever its case, and names a near one.
func OneOf(option, value string, known []string) (string, error) {
	if lower := strings.ToLower(value); slices.Contains(known, lower) {
		return lower, nil
	}
	message := fmt.Sprintf("--%s must be %s, not %q", option, alternatives(known), value)
	if nearest := arguments.Nearest(value, known); nearest != "" {
		message += "; did you mean " + nearest + "?"
	}
	return "", errors.New(message)
}

// alternatives returns "a, b or c", enumerated "a, b and c".
func alternatives(words []string) string { return joined(words, "or") }

func enumerated(words []string) string { return joined(words, "and") }

func joined(words []string, last string) string {
	n := len(words) - 1
	return strings.Join(words[:n], ", ") + " " + last + " " + words[n]
}

// NoOp makes a run that had nothing to do end with its own exit code.
type NoOp struct {
	FailNoOp bool
}

// Flags declares the options.
func (*NoOp) Flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("fail-no-op", "Set to true if you'd like the command to return exit code 2 in case nothing had to be done."),
	}
}

// Parse also reads JFROG_CLI_FAIL_NO_OP.
func (o *NoOp) Parse(c *components.Context) error {
	o.FailNoOp = c.GetBoolFlagValue("fail-no-op") || failNoOpFromEnvironment()
	return nil
}

// Preview shows what would be done.
type Preview struct {
	DryRun bool
}

// Flags declares the options.
func (*Preview) Flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("dry-run", "Set to true to show what would be done. Nothing is written, neither at the server nor to the configuration."),
	}
}

// Parse reads and checks the values.
func (o *Preview) Parse(c *components.Context) error {
	o.DryRun = c.GetBoolFlagValue("dry-run")
	return nil
}
