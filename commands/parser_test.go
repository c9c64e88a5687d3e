package commands

import (
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	require.TestingT
	Helper()
}

// parsed is what an action sees of a command line.
type parsed struct {
	command   string
	arguments []string
	strings   map[string]string
	booleans  map[string]bool
}

// parse sends a command line the whole way: normalising, cli-core's conversion, urfave's parser.
func parse(t failer, words ...string) parsed {
	t.Helper()
	app, seen := App("v0.0.0"), parsed{}
	for i := range app.Commands {
		flags := app.Commands[i].Flags
		app.Commands[i].Action = func(c *components.Context) error {
			seen = record(c, flags)
			return nil
		}
	}
	words, err := Normalise(app, append([]string{Name}, words...))
	require.NoError(t, err)
	converted, err := components.ConvertApp(app)
	require.NoError(t, err)
	converted.Writer, converted.ErrWriter = io.Discard, io.Discard
	require.NoError(t, converted.Run(words))
	return seen
}

func record(c *components.Context, flags []components.Flag) parsed {
	seen := parsed{
		command:   c.CommandName,
		arguments: slices.Clone(c.Arguments),
		strings:   map[string]string{},
		booleans:  map[string]bool{},
	}
	for _, flag := range flags {
		name := flag.GetName()
		if _, boolean := flag.(components.BoolFlag); boolean {
			seen.booleans[name] = c.GetBoolFlagValue(name)
		} else {
			seen.strings[name] = c.GetStringFlagValue(name)
		}
	}
	return seen
}

// placeholders returns as many arguments as a command takes, all different.
func placeholders(command components.Command) []string {
	return []string{"first/argument:1", "second", "third"}[:len(command.Arguments)]
}

// spellings returns all ways to write an option, with the value it has then.
func spellings(flag components.Flag) map[string][]string {
	if _, boolean := flag.(components.BoolFlag); boolean {
		return map[string][]string{
			"true":  {"--%s", "-%s", "--%s=true", "-%s=true", "--%s=1", "--%s=T"},
			"false": {"--%s=false", "-%s=0"},
		}
	}
	return map[string][]string{
		"value": {"--%s value", "-%s value", "--%s=value", "-%s=value"},
		"-x":    {"--%s -x", "--%s=-x"},
		"--":    {"--%s --", "--%s=--"},
		"a=b":   {"--%s a=b", "--%s=a=b"},
	}
}

// split makes words of a spelling; it keeps a space that is none of its own.
func split(spelling, name string) []string {
	option := fmt.Sprintf(spelling, name)
	for i := range len(option) {
		if option[i] == ' ' {
			return []string{option[:i], option[i+1:]}
		}
	}
	return []string{option}
}

func TestEveryOptionInEveryPosition(t *testing.T) {
	t.Parallel()
	for _, command := range App("v0.0.0").Commands {
		for _, flag := range command.Flags {
			t.Run(command.Name+" "+flag.GetName(), func(t *testing.T) {
				t.Parallel()
				checkPositions(t, command, flag)
			})
		}
	}
}

func checkPositions(t *testing.T, command components.Command, flag components.Flag) {
	t.Helper()
	arguments := placeholders(command)
	for value, ways := range spellings(flag) {
		for _, way := range ways {
			for position := range len(arguments) + 1 {
				words := slices.Insert(slices.Clone(arguments), position, split(way, flag.GetName())...)
				seen := parse(t, append([]string{command.Name}, words...)...)
				assert.Equal(t, arguments, seen.arguments, "arguments of %q", words)
				if got, found := seen.strings[flag.GetName()]; found {
					assert.Equal(t, value, got, "value in %q", words)
				} else {
					assert.Equal(t, value, fmt.Sprint(seen.booleans[flag.GetName()]), "value in %q", words)
				}
			}
		}
	}
}

// However options and arguments are mixed and spelled, the action sees the same.
func TestAnyInterleaving(t *testing.T) {
	t.Parallel()
	commands := App("v0.0.0").Commands
	rapid.Check(t, func(t *rapid.T) {
		command := rapid.SampledFrom(commands).Draw(t, "command")
		arguments := placeholders(command)
		chosen := rapid.SliceOfNDistinct(rapid.SampledFrom(command.Flags), 0, 8, components.Flag.GetName).Draw(t, "options")

		want, mixed := []string{command.Name}, make([][]string, len(arguments), len(arguments)+len(chosen))
		for _, flag := range chosen {
			value := rapid.SampledFrom([]string{"true", "false"}).Draw(t, "truth")
			if _, boolean := flag.(components.BoolFlag); !boolean {
				value = rapid.SampledFrom([]string{"value", "-x", "--", "a=b"}).Draw(t, "value")
			}
			want = append(want, "--"+flag.GetName()+"="+value)
			way := rapid.SampledFrom(spellings(flag)[value]).Draw(t, "spelling")
			mixed = append(mixed, split(way, flag.GetName()))
		}
		want = append(append(want, "--"), arguments...)

		words, next := []string{rapid.SampledFrom(append(command.Aliases, command.Name)).Draw(t, "name")}, 0
		for _, part := range rapid.Permutation(mixed).Draw(t, "order") {
			if part == nil {
				part, next = arguments[next:next+1], next+1
			}
			words = append(words, part...)
		}
		assert.Equal(t, parse(t, want...), parse(t, words...), "%q", words)
	})
}

func TestArgumentsAfterTheEndOfOptions(t *testing.T) {
	t.Parallel()
	seen := parse(t, "promote", "--copy", "a", "--", "--dry-run", "-source-tag=x")
	assert.Equal(t, []string{"a", "--dry-run", "-source-tag=x"}, seen.arguments)
	assert.False(t, seen.booleans["dry-run"])
	assert.True(t, seen.booleans["copy"])
	assert.Empty(t, seen.strings["source-tag"])

	assert.Equal(t, []string{"--", "--", "--"}, parse(t, "promote", "--", "--", "--", "--").arguments)
}

func TestTheLastOfARepeatedOptionWins(t *testing.T) {
	t.Parallel()
	seen := parse(t, "promote", "--source-tag", "1", "a", "-source-tag=2", "b", "--copy", "c", "--copy=false")
	assert.Equal(t, "2", seen.strings["source-tag"])
	assert.False(t, seen.booleans["copy"])
}

// An option declared twice is found by urfave only when the command runs.
func TestOptionsAndNamesAreUnique(t *testing.T) {
	t.Parallel()
	var names []string
	for _, command := range App("v0.0.0").Commands {
		names = append(append(names, command.Name), command.Aliases...)
		var options []string
		for _, flag := range command.Flags {
			options = append(options, flag.GetName())
		}
		slices.Sort(options)
		assert.Len(t, slices.Compact(slices.Clone(options)), len(options), "options of %s", command.Name)
	}
	slices.Sort(names)
	assert.Len(t, slices.Compact(slices.Clone(names)), len(names))
}
