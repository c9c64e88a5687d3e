// Package arguments puts a command line into the one order that urfave/cli v1 cannot misread.
//
// urfave moves options to the front and takes the word after any option without "=" for its value, booleans included,
// so that "promote --dry-run src dst" arrives with source and target exchanged and without an error. Here every option
// is written as "--name=value", all options stand in front, "--" ends them and the arguments follow. What urfave would
// let pass in silence is an error: an unknown command or option, a missing value, a wrong number of arguments.
//
// The package is pure: it knows nothing of JFrog's types and reads nothing but its parameters.
package arguments

import (
	"fmt"
	"slices"
	"strings"
)

// Option describes an option by its name without dashes. A boolean takes its value only after "=".
type Option struct {
	Name    string
	Boolean bool
}

// Command describes a command: its names, its options and its arguments. Arguments are written as the usage line shows
// them, brackets included.
type Command struct {
	Name      string
	Aliases   []string
	Options   []Option
	Arguments []string
	// Optional is how many of the arguments, from the last, may be left out.
	Optional int
	// Repeated lets the last argument stand any number of times.
	Repeated bool
}

// Program describes all commands of a program. Name is how the user calls it, "jf signed-promote".
type Program struct {
	Name     string
	Commands []Command
}

// Normalise returns the words of a command line (without the program itself) in the order that urfave reads correctly.
// Calls for help, the version, completion and the signature that jf asks plugins for are returned as they are. Mistakes
// are *UsageError.
func (p Program) Normalise(words []string) ([]string, error) {
	if isServed(words) {
		return words, nil
	}
	if isOneOf(words[0], "help", "h") {
		return p.help(words)
	}
	command, err := p.find(words[0])
	if err != nil {
		return nil, err
	}
	line, err := command.scan(words[1:])
	if err == nil && !line.help {
		err = command.check(line)
	}
	if err != nil {
		return nil, &UsageError{Message: err.Error(), Usage: p.usage(command)}
	}
	if line.help {
		return []string{words[0], "--help"}, nil
	}
	return slices.Concat(words[:1], line.options, []string{"--"}, line.arguments), nil
}

// isServed reports whether the framework answers the words by itself.
func isServed(words []string) bool {
	if len(words) == 0 || words[len(words)-1] == "--generate-bash-completion" {
		return true
	}
	return isHelp(words[0]) ||
		isOneOf(words[0], "--version", "-version", "--v", "-v", "hidden-plugin-signature")
}

// isHelp reports whether a word is one of the spellings of urfave's help option.
func isHelp(word string) bool {
	return isOneOf(word, "--help", "-help", "--h", "-h")
}

func isOneOf(word string, words ...string) bool {
	return slices.Contains(words, word)
}

// help returns "help <word>" as it is and refuses it for an unknown command; urfave would end with code 3, which jf
// uses.
func (p Program) help(words []string) ([]string, error) {
	if len(words) == 1 {
		return words, nil
	}
	if _, err := p.find(words[1]); err != nil {
		return nil, err
	}
	return words, nil
}

// find returns the command that is called so, by name or alias.
func (p Program) find(word string) (Command, error) {
	var names []string
	for _, command := range p.Commands {
		own := append([]string{command.Name}, command.Aliases...)
		if slices.Contains(own, word) {
			return command, nil
		}
		names = append(names, own...)
	}
	usage := fmt.Sprintf("%s <command>; %s --help lists the commands", p.Name, p.Name)
	if strings.HasPrefix(word, "-") {
		name, _, _ := strings.Cut(word, "=")
		message := fmt.Sprintf("option %q stands before the command; options follow the command's name", name)
		return Command{}, &UsageError{Message: message, Usage: usage}
	}
	return Command{}, &UsageError{
		Message: fmt.Sprintf("unknown command %q%s", word, suggestion(word, "", names)),
		Usage:   usage,
	}
}

// usage returns the usage line of a command, without options.
func (p Program) usage(command Command) string {
	return strings.Join(slices.Concat([]string{p.Name, command.Name}, command.Arguments), " ")
}
