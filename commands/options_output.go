package commands

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/arguments"
)

// outputFormat is how a result is printed.
type outputFormat string

const (
	formatTable outputFormat = "table"
	formatJSON  outputFormat = "json"
)

// outputOptions choose how the result is printed.
type outputOptions struct {
	format outputFormat
	// more are formats beside table and json that a command has.
	more []outputFormat
}

func (o *outputOptions) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("format", "Defines the output format of the command. Acceptable values are: "+enumerated(o.known())+".",
			components.WithStrDefaultValue(string(formatTable))),
	}
}

func (o *outputOptions) known() []string {
	known := make([]string, 0, 2+len(o.more))
	known = append(known, string(formatTable), string(formatJSON))
	for _, format := range o.more {
		known = append(known, string(format))
	}
	return known
}

func (o *outputOptions) parse(c *components.Context) error {
	value := c.GetStringFlagValue("format")
	if value == "" {
		value = string(formatTable)
	}
	value, err := oneOf("format", value, o.known())
	o.format = outputFormat(value)
	return err
}

// oneOf checks a value against those that an option accepts, whatever its case, and names a near one.
func oneOf(option, value string, known []string) (string, error) {
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

// failNoOpOption makes a run that had nothing to do end with its own exit code.
type failNoOpOption struct {
	failNoOp bool
}

func (*failNoOpOption) flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("fail-no-op", "Set to true if you'd like the command to return exit code 2 in case nothing had to be done."),
	}
}

// parse also reads JFROG_CLI_FAIL_NO_OP.
func (o *failNoOpOption) parse(c *components.Context) error {
	o.failNoOp = c.GetBoolFlagValue("fail-no-op") || failNoOpFromEnvironment()
	return nil
}

// dryRunOption shows what would be done.
type dryRunOption struct {
	dryRun bool
}

func (*dryRunOption) flags() []components.Flag {
	return []components.Flag{
		components.NewBoolFlag("dry-run", "Set to true to show what would be done. Nothing is written, neither at the server nor to the configuration."),
	}
}

func (o *dryRunOption) parse(c *components.Context) error {
	o.dryRun = c.GetBoolFlagValue("dry-run")
	return nil
}
