package contract_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
)

var writePage = flag.Bool("contract.page", false, "write docs/artifactory.md instead of comparing it")

const pagePath = "../../../../docs/artifactory.md"

// The page has every statement, and nothing else.
func TestPage(t *testing.T) {
	t.Parallel()
	want := page()
	if *writePage {
		require.NoError(t, os.WriteFile(pagePath, want, 0o644))
	}
	got, err := os.ReadFile(pagePath)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(want, got), "the statements changed: run `make contract-page` and look at the difference")
}

func page() []byte {
	var b bytes.Buffer
	b.WriteString(introduction)
	for _, topic := range topics() {
		fmt.Fprintf(&b, "\n## %s\n\n| ID and what is assumed | how sure | what relies on it | if it is otherwise |\n|---|---|---|---|\n",
			topic.title)
		for _, s := range contract.All() {
			if topic.has(s.ID) {
				fmt.Fprintf(&b, "| `%s`: %s | %s | %s | %s |\n", s.ID, cell(s.Text), s.Confidence, cell(s.Relied), otherwise(s))
			}
		}
	}
	b.WriteString(unreachable)
	for _, s := range contract.Unreachable() {
		fmt.Fprintf(&b, "| `%s`: %s | %s | %s | %s |\n", s.ID, cell(s.Text), s.Confidence, cell(s.Relied),
			cell(contract.Reason(s.ID)))
	}
	return b.Bytes()
}

const introduction = `# What is assumed of Artifactory

No document says everything that the plugin depends on. Here is each assumption, by the ID that comments in the code cite as
"(contract copy-nests)". [make live](live.md) asks a server whether each is true. The double that the tests run against is asked the same by
every test run, and confirms all of them.

How sure: *documented* by JFrog; *seen in client code* of JFrog or of tools that work with Artifactory; *seen in old server source*;
*reported by a user*; *inferred* from other behaviour; *undetermined* is a guess.

If it is otherwise: where a knob of the double is named, the double can give the other answer too, and the plugin is tested with it. Where it says *refuted by make live*, no other answer is tested; the report of that run shows the
answers of the server. What is written is read back, so that most wrong assumptions about writes end in a failure that is shown.

This page is written by ` + "`make contract-page`" + ` from the statements in [contract](../tests/live/internal/contract/), and a test compares it.
`

const unreachable = `
## Not asked

Two scratch repositories cannot settle these.

| ID and what is assumed | how sure | what relies on it | why it is not asked |
|---|---|---|---|
`

func otherwise(s contract.Statement) string {
	if s.Knob == "" {
		return "refuted by make live"
	}
	name, _, _ := strings.Cut(s.Knob, "=")
	return "tested with the knob `" + name + "`"
}

// topic gathers statements by the beginning of their IDs.
type topic struct {
	title    string
	prefixes []string
}

func (t topic) has(id string) bool {
	for _, prefix := range t.prefixes {
		if strings.HasPrefix(id, prefix+"-") {
			return true
		}
	}
	return false
}

func topics() []topic {
	return []topic{
		{"Every answer", []string{"marks", "system"}},
		{"Promotion", []string{"promote"}},
		{"Copy", []string{"copy"}},
		{"How images are stored", []string{"layout", "storage", "repository"}},
		{"Referrers", []string{"referrers"}},
		{"Registry API", []string{"registry", "blobs", "tags"}},
		{"Files", []string{"download", "deploy", "checksum", "properties"}},
		{"Search", []string{"aql"}},
		{"Permissions", []string{"rights", "overwrite"}},
	}
}

// Each statement is on the page once.
func TestTopics(t *testing.T) {
	t.Parallel()
	for _, s := range contract.All() {
		assert.Equal(t, 1, strings.Count(string(page()), "| `"+s.ID+"`:"), s.ID)
	}
}

func cell(s string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(s) }
