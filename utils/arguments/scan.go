package arguments

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// line is a command line taken apart.
type line struct {
	options   []string // each as --name=value, in the order typed, so that the last one wins as in jf
	arguments []string
	help      bool
	hint      string // what a wrong number of arguments may come from
}

// scan takes the words after the command's name apart.
func (c Command) scan(words []string) (line, error) {
	var l line
	for len(words) > 0 {
		word := words[0]
		switch {
		case word == "--":
			l.arguments = append(l.arguments, words[1:]...)
			return l, nil
		case len(word) < 2 || word[0] != '-':
			l.arguments = append(l.arguments, word)
		case isHelp(word):
			l.help = true
		default:
			option, used, err := c.option(words)
			if err != nil {
				return line{}, err
			}
			l.options = append(l.options, option)
			l.hint += separated(word, words[used:])
			words = words[used-1:]
		}
		words = words[1:]
	}
	return l, nil
}

// option reads the option that the words begin with and returns it as --name=value, with the number of words it took.
func (c Command) option(words []string) (option string, used int, err error) {
	name, value, hasValue := strings.Cut(trimDashes(words[0]), "=")
	declared, found := c.declared(name)
	switch {
	case !found:
		return "", 0, c.unknown(words[0])
	case declared.Boolean && !hasValue:
		return "--" + name + "=true", 1, nil
	case declared.Boolean:
		if value, err = boolean(name, value); err != nil {
			return "", 0, err
		}
	case !hasValue:
		value, err = c.following(name, words[1:])
		return "--" + name + "=" + value, 2, err
	}
	return "--" + name + "=" + value, 1, nil
}

// boolean returns a value in the one spelling of true and false that needs no further thought.
func boolean(name, value string) (string, error) {
	parsed, err := strconv.ParseBool(value)
	if err != nil {
		return "", fmt.Errorf("option --%s is either true or false, not %q", name, value)
	}
	return strconv.FormatBool(parsed), nil
}

// following returns the word after a string option as its value. It may begin with a dash, as passwords do. An option
// of the command is not taken for a value, though: "--source-tag --dry-run" is a forgotten tag, and swallowing
// --dry-run would turn a rehearsal into the real thing.
func (c Command) following(name string, words []string) (string, error) {
	if len(words) == 0 {
		return "", fmt.Errorf("option --%s needs a value: --%s=<value>", name, name)
	}
	next, _, _ := strings.Cut(words[0], "=")
	if _, found := c.declared(trimDashes(next)); (found && strings.HasPrefix(next, "-")) || isHelp(next) {
		return "", fmt.Errorf("option --%s needs a value, but option %s follows; if that is meant as the value, write --%s=%s",
			name, next, name, next)
	}
	return words[0], nil
}

// declared returns the option of that name, without dashes.
func (c Command) declared(name string) (Option, bool) {
	for _, option := range c.Options {
		if option.Name == name {
			return option, true
		}
	}
	return Option{}, false
}

// unknown names an option that the command has not, and the nearest that it has. A value stays out of the message.
func (c Command) unknown(word string) error {
	names := make([]string, 0, len(c.Options))
	for _, option := range c.Options {
		names = append(names, option.Name)
	}
	typed, _, _ := strings.Cut(word, "=")
	return fmt.Errorf("unknown option %q for %s%s", typed, c.Name, suggestion(trimDashes(typed), "--", names))
}

// separated explains "--copy true", which reads like a value but is an argument for jf as well.
func separated(option string, rest []string) string {
	if strings.Contains(option, "=") || len(rest) == 0 || !isOneOf(rest[0], "true", "false") {
		return ""
	}
	return fmt.Sprintf("; the value of a true/false option follows after \"=\": %s=%s", option, rest[0])
}

// check compares the arguments with what the command takes.
func (c Command) check(l line) error {
	most := len(c.Arguments)
	if given := len(l.arguments); given < most-c.Optional || (given > most && !c.Repeated) {
		return fmt.Errorf("%s takes %s, but %d were given%s", c.Name, c.count(), given, l.hint)
	}
	for i, argument := range l.arguments {
		if argument == "" {
			return errors.New("argument " + c.Arguments[min(i, most-1)] + " is empty")
		}
	}
	return nil
}

// count reports how many arguments the command takes.
func (c Command) count() string {
	most, least := len(c.Arguments), len(c.Arguments)-c.Optional
	number := strconv.Itoa(most)
	switch {
	case c.Repeated:
		number, most = fmt.Sprintf("at least %d", least), least
	case least < most:
		number = fmt.Sprintf("%d to %d", least, most)
	}
	if most == 1 {
		return number + " argument"
	}
	return number + " arguments"
}

// trimDashes removes the one or two dashes in front of an option.
func trimDashes(word string) string {
	return strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-")
}
