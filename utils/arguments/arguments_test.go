package arguments_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/signed-promote/signed-promote/utils/arguments"
)

func program() arguments.Program {
	return arguments.Program{Name: "jf plug", Commands: []arguments.Command{
		{
			Name: "promote", Aliases: []string{"dpr"},
			Options: []arguments.Option{
				{Name: "dry-run", Boolean: true},
				{Name: "copy", Boolean: true},
				{Name: "source-tag"},
				{Name: "password"},
			},
			Arguments: []string{"<image>[:tag]", "<source repo>", "<target repo>"},
		},
		{Name: "status", Options: []arguments.Option{{Name: "format"}}, Arguments: []string{"<image>"}},
	}}
}

func TestNormalise(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"promote a b c":                                 "promote -- a b c",
		"dpr a b c":                                     "dpr -- a b c",
		"promote a --dry-run b c":                       "promote --dry-run=true -- a b c",
		"promote --dry-run a b -copy c":                 "promote --dry-run=true --copy=true -- a b c",
		"promote --dry-run=F a b c":                     "promote --dry-run=false -- a b c",
		"promote a --source-tag 1 b c":                  "promote --source-tag=1 -- a b c",
		"promote -source-tag=1 a b c":                   "promote --source-tag=1 -- a b c",
		"promote a b c --password -x":                   "promote --password=-x -- a b c",
		"promote a b c --password --":                   "promote --password=-- -- a b c",
		"promote a b c --password=--dry-run":            "promote --password=--dry-run -- a b c",
		"promote a b c --password a=b=c":                "promote --password=a=b=c -- a b c",
		"promote --source-tag= a b c":                   "promote --source-tag= -- a b c",
		"promote --source-tag 1 --source-tag=2 abc b c": "promote --source-tag=1 --source-tag=2 -- abc b c",
		"promote a b -- --dry-run":                      "promote -- a b --dry-run",
		"promote -- a -- b":                             "promote -- a -- b",
		"promote a b -":                                 "promote -- a b -",
		"promote --copy --help":                         "promote --help",
		"dpr a -h":                                      "dpr --help",
		"promote -- a b --help":                         "promote -- a b --help",
		"hidden-plugin-signature":                       "hidden-plugin-signature",
		"--help":                                        "--help",
		"-v":                                            "-v",
		"help":                                          "help",
		"help promote":                                  "help promote",
		"h status":                                      "h status",
		"promote a --generate-bash-completion":          "promote a --generate-bash-completion",
		"--generate-bash-completion":                    "--generate-bash-completion",
	} {
		t.Run(typed, func(t *testing.T) {
			t.Parallel()
			got, err := program().Normalise(strings.Fields(typed))
			require.NoError(t, err)
			assert.Equal(t, strings.Fields(want), got)
		})
	}
}

func TestNormaliseNothing(t *testing.T) {
	t.Parallel()
	got, err := program().Normalise(nil)
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestNormaliseMistakes(t *testing.T) {
	t.Parallel()
	const usage = "\nUsage: jf plug promote <image>[:tag] <source repo> <target repo>"
	const commands = "\nUsage: jf plug <command>; jf plug --help lists the commands"
	for typed, want := range map[string]string{
		"promot a":                          `unknown command "promot"; did you mean "promote"?` + commands,
		"stat a":                            `unknown command "stat"; did you mean "status"?` + commands,
		"zzz":                               `unknown command "zzz"` + commands,
		"help promot":                       `unknown command "promot"; did you mean "promote"?` + commands,
		"--copy=1 promote":                  `option "--copy" stands before the command; options follow the command's name` + commands,
		"promote --dryrun a b c":            `unknown option "--dryrun" for promote; did you mean "--dry-run"?` + usage,
		"promote --dry a b c":               `unknown option "--dry" for promote; did you mean "--dry-run"?` + usage,
		"promote --passwort=geheim a b c":   `unknown option "--passwort" for promote; did you mean "--password"?` + usage,
		"promote a b c -1":                  `unknown option "-1" for promote` + usage,
		"promote a b c ---copy":             `unknown option "---copy" for promote; did you mean "--copy"?` + usage,
		"promote a b c --=x":                `unknown option "--" for promote` + usage,
		"promote a b":                       `promote takes 3 arguments, but 2 were given` + usage,
		"promote a b c d":                   `promote takes 3 arguments, but 4 were given` + usage,
		"promote":                           `promote takes 3 arguments, but 0 were given` + usage,
		"promote --copy true a b c":         `promote takes 3 arguments, but 4 were given; the value of a true/false option follows after "=": --copy=true` + usage,
		"promote a b c --copy=maybe":        `option --copy is either true or false, not "maybe"` + usage,
		"promote a b c --copy=":             `option --copy is either true or false, not ""` + usage,
		"promote a b c --source-tag":        `option --source-tag needs a value: --source-tag=<value>` + usage,
		"promote a b --source-tag --copy c": `option --source-tag needs a value, but option --copy follows; if that is meant as the value, write --source-tag=--copy` + usage,
		"promote a b c --source-tag --help": `option --source-tag needs a value, but option --help follows; if that is meant as the value, write --source-tag=--help` + usage,
		"status":                            "status takes 1 argument, but 0 were given\nUsage: jf plug status <image>",
	} {
		t.Run(typed, func(t *testing.T) {
			t.Parallel()
			got, err := program().Normalise(strings.Fields(typed))
			var mistake *arguments.UsageError
			require.ErrorAs(t, err, &mistake)
			assert.Equal(t, want, err.Error())
			assert.Nil(t, got)
		})
	}
}

func TestNormaliseEmptyWords(t *testing.T) {
	t.Parallel()
	got, err := program().Normalise([]string{"promote", "--source-tag", "", "a", "b", "c"})
	require.NoError(t, err)
	assert.Equal(t, []string{"promote", "--source-tag=", "--", "a", "b", "c"}, got)

	_, err = program().Normalise([]string{"promote", "a", "", "c"})
	require.ErrorContains(t, err, "argument <source repo> is empty")

	_, err = program().Normalise([]string{""})
	require.ErrorContains(t, err, `unknown command ""`)
}

// However options and arguments are mixed, the arguments keep their order and a line that is in order stays as it is.
func TestNormaliseAnyOrder(t *testing.T) {
	t.Parallel()
	options := rapid.SliceOfN(rapid.SampledFrom([]string{
		"--copy", "-copy=false", "--dry-run", "--password -x", "-password=--", "--source-tag 1", "--source-tag=2",
	}), 0, 6)
	rapid.Check(t, func(t *rapid.T) {
		order := rapid.Permutation(append(options.Draw(t, "options"), "", "", "")).Draw(t, "order")
		names := rapid.SliceOfN(rapid.StringMatching(`-|[a-z/:]{1,4}`), 3, 3).Draw(t, "arguments")
		words, next := []string{"promote"}, 0
		for _, part := range order {
			if part == "" {
				words, next = append(words, names[next]), next+1
				continue
			}
			words = append(words, strings.Fields(part)...)
		}
		once, err := program().Normalise(words)
		if err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, append([]string{"--"}, names...), once[len(once)-4:])
		twice, err := program().Normalise(once)
		if err != nil {
			t.Fatal(err)
		}
		assert.Equal(t, once, twice)
	})
}

func TestNearest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		word, want string
	}{
		{"jsn", "json"},
		{"JSON", "json"},
		{"table", "table"},
		{"tab", "table"},
		{"tables-of-figures", "table"},
		{"x", ""},
		{"", ""},
		{"yaml", ""},
	} {
		assert.Equal(t, test.want, arguments.Nearest(test.word, []string{"table", "json"}), "word %q", test.word)
	}
}
