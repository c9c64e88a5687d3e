// Package commands is the command line of the plugin: one file per command, with its help, its options and what it
// does, and around them the frame (run.go) and the table of exit codes (exit.go). Options that several commands have
// are in commands/internal/option.
package commands

import (
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/arguments"
)

const (
	// Name is the plugin's name, which is also that of its executable.
	Name = "signed-promote"
	// Program is how users call the plugin.
	Program = "jf " + Name
)

// App returns the plugin with all its commands. The version carries a "v" and stands in the User-Agent of every
// request. Building it does no work: jf starts the plugin on each of its own invocations to ask for its name.
func App(version string) components.App {
	const description = "Promote container images together with their signatures, attestations and SBOMs."
	commands := []command{
		promoteCommand(), transferCommand(copying()), transferCommand(moving()), buildPromoteCommand(), applyCommand(),
		fileSpecCommand(), statusCommand(), verifyCommand(), auditCommand(), repairCommand(), pruneCommand(),
	}
	declared := make([]components.Command, 0, len(commands))
	for _, c := range commands {
		declared = append(declared, c.declare(version))
	}
	return components.CreateApp(Name, version, description, declared)
}

// repeated ends the name of an argument that may stand any number of times.
const repeated = "..."

// Normalise puts the words of a command line, program included, into the order that the framework reads correctly. What
// it refuses is an *arguments.UsageError, see package arguments.
func Normalise(app components.App, words []string) ([]string, error) {
	if len(words) == 0 {
		return words, nil
	}
	program := arguments.Program{Name: Program}
	for _, command := range app.Commands {
		program.Commands = append(program.Commands, described(command))
	}
	normalised, err := program.Normalise(words[1:])
	return append(words[:1:1], normalised...), err
}

// described tells package arguments what it needs to know of a command.
func described(command components.Command) arguments.Command {
	description := arguments.Command{Name: command.Name, Aliases: command.Aliases}
	for _, flag := range command.Flags {
		_, boolean := flag.(components.BoolFlag)
		description.Options = append(description.Options, arguments.Option{Name: flag.GetName(), Boolean: boolean})
	}
	for _, argument := range command.Arguments {
		description.Arguments = append(description.Arguments, argument.Name)
		description.Repeated = strings.HasSuffix(argument.Name, repeated)
		if argument.Optional {
			description.Optional++
		}
	}
	return description
}
