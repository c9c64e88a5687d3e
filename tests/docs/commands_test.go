package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/commands"
)

// languages are those that code blocks may have, so that none is passed over because of a name that nobody looks at.
// Without one it is text, or a terminal if there are prompts in it.
var languages = []string{"", "sh", "text", "yaml", "json", "mermaid", "groovy"}

// TestEveryCommandRuns runs the lines of each page in their order, each page in a world of its own.
func TestEveryCommandRuns(t *testing.T) {
	shared := newMaterial(t)
	var all log
	for _, p := range pages(t) {
		t.Run(p.path, func(t *testing.T) {
			l := p.run(t, shared)
			all.calls, all.left = append(all.calls, l.calls...), append(all.left, l.left...)
		})
	}
	assert.NotEmpty(t, all.calls)
	t.Logf("%d command lines were run, %d of them by other tools than the plugin; %d were left out:", len(all.calls),
		all.byTools(), len(all.left))
	for _, out := range leftOuts() {
		n := all.leftBy(out)
		assert.Positive(t, n, "the docs have no line '%s…' any more: take it off the list", out.begins)
		t.Logf("  %d times '%s…', which %s", n, out.begins, out.reason)
	}
}

// run runs the lines of a page, after its files were saved as readers are told to.
func (p page) run(t *testing.T, shared *material) log {
	t.Helper()
	script := p.script()
	if strings.TrimSpace(script) == "" {
		return log{}
	}
	w := newWorld(t, shared)
	for _, b := range p.blocks {
		if b.file != "" {
			w.file(b.file, []byte(strings.Join(b.lines, "\n")+"\n"))
		}
	}
	return newShell(t, w).run(p.path, script, false)
}

func (l log) byTools() (n int) {
	for _, c := range l.calls {
		if !strings.HasPrefix(c.words, "jf ") {
			n++
		}
	}
	return n
}

func (l log) leftBy(out leftOut) (n int) {
	for _, words := range l.left {
		if strings.HasPrefix(words+" ", out.begins) {
			n++
		}
	}
	return n
}

// script returns the lines of all shell blocks at the numbers that they have in the page.
func (p page) script() string {
	var lines []string
	for _, b := range p.blocks {
		if b.language != "sh" {
			continue
		}
		for len(lines) < b.line-1 {
			lines = append(lines, "")
		}
		lines = append(lines, b.lines...)
	}
	return strings.Join(lines, "\n") + "\n"
}

// synopsis is a line that shows how the plugin is called, with something to be put in.
var synopsis = regexp.MustCompile(`^jf .*[<…]`)

// TestCommandsAreInShellBlocks: what is no shell block has no line that a reader would paste, so that none is left out
// of the run.
func TestCommandsAreInShellBlocks(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			assert.Contains(t, languages, b.language, "%s:%d", p.path, b.line)
			if b.language != "" && b.language != "text" {
				continue
			}
			for n, line := range b.lines {
				assert.False(t, commandLine.MatchString(line) && !synopsis.MatchString(line), "%s:%d: %s", p.path, b.line+n, line)
			}
		}
	}
}

// plugin returns the commands by all of their names.
func plugin() map[string]components.Command {
	all := map[string]components.Command{}
	for _, c := range commands.App("v0.0.0").Commands {
		for _, name := range append(c.Aliases, c.Name) {
			all[name] = c
		}
	}
	return all
}

var (
	callOfPlugin = regexp.MustCompile(`jf signed-promote +([a-z-]+)([^|>&\n]*)`)
	option       = regexp.MustCompile(`--([a-z][a-z0-9-]*)`)
)

// TestSynopses: a line that calls the plugin anywhere in the docs names a command, and only options that it has. This
// also holds for lines that are not run because they have <placeholders>.
func TestSynopses(t *testing.T) {
	t.Parallel()
	known := plugin()
	for _, p := range pages(t) {
		for _, m := range callOfPlugin.FindAllStringSubmatch(strings.ReplaceAll(p.text, "\\\n", " "), -1) {
			command, ok := known[m[1]]
			if !assert.True(t, ok, "%s: there is no command %q: %s", p.path, m[1], m[0]) {
				continue
			}
			line, _, _ := strings.Cut(m[2], "`")
			for _, o := range option.FindAllStringSubmatch(line, -1) {
				assert.True(t, has(command, o[1]), "%s: %s has no option --%s", p.path, m[1], o[1])
			}
		}
	}
}

func has(c components.Command, name string) bool {
	return slices.ContainsFunc(c.Flags, func(f components.Flag) bool { return f.GetName() == name })
}

// others are options of other programs that the text speaks of.
var others = []string{
	"offline", "recursive", "referrers", "digest-tags", "new-bundle-format", "type", "signature-digest-algorithm", "sign-container-identity",
	"force-referrers-tag", "experimental-oci11", "use-signing-config", "only",
}

// TestEveryOptionExists: every option in the text is one of the plugin's, of a program of this repository, or of
// another program that is known to have it.
func TestEveryOptionExists(t *testing.T) {
	t.Parallel()
	known := flags(t)
	for _, c := range plugin() {
		for _, f := range c.Flags {
			known[f.GetName()] = true
		}
	}
	for _, p := range pages(t) {
		for _, span := range p.spans {
			if m := option.FindStringSubmatch(span); m != nil && strings.HasPrefix(span, "--") {
				assert.True(t, known[m[1]] || slices.Contains(others, m[1]), "%s: nobody has the option --%s", p.path, m[1])
			}
		}
	}
}

// TestEveryOptionIsTold: the docs tell of every option and every variable of the plugin.
func TestEveryOptionIsTold(t *testing.T) {
	t.Parallel()
	var all strings.Builder
	for _, p := range pages(t) {
		all.WriteString(p.text)
	}
	text := all.String()
	app := commands.App("v0.0.0")
	require.NotEmpty(t, app.Commands)
	for _, c := range app.Commands {
		for _, f := range c.Flags {
			assert.Regexp(t, `--`+regexp.QuoteMeta(f.GetName())+`\b|\[-regexp\]`, text, "%s --%s", c.Name, f.GetName())
		}
		for _, v := range c.EnvVars {
			for _, name := range strings.Split(v.Name, ", ") {
				assert.Contains(t, text, "`"+name+"`", c.Name)
			}
		}
	}
}
