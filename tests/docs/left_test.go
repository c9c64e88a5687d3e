package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// leftOut is a command line that the docs have and that is not run here, by how it begins, with the reason.
type leftOut struct{ begins, reason string }

func leftOuts() []leftOut {
	return []leftOut{
		{"jf plugin install signed-promote", "needs the JFrog CLI itself and its plugin registry"},
		{"jf plugin publish signed-promote ", "needs the JFrog CLI itself and a repository for plugins"},
		{"jf release-bundle-create ", "needs a server with a licence for release bundles"},
		{"jf release-bundle-promote ", "needs a server with a licence for release bundles"},
		{"jf rt copy --spec ", "needs the JFrog CLI itself; TestFileSpecForCopy does the same by its client"},
		{"kubectl ", "needs a cluster; the manifests are parsed"},
		{"less plan.json", "waits for somebody who reads"},
		{".ci/run ", "runs the targets"},
		{"make ", "is a target of its own; that it exists is tested, and .ci/run runs most"},
		{
			"go run ./tests/artifactory/cmd/artifactory-double ",
			"runs until it is interrupted; TestServesUntilInterrupted runs it",
		},
		{"go run ./tests/startup ", "measures for minutes"},
	}
}

// toolNames are programs that are run with -docs.tools alone.
func toolNames() []string { return []string{"cosign", "crane", "notation", "oras", "regctl"} }

// leftWords are the programs of the list.
func leftWords() []string {
	var words []string
	for _, l := range leftOuts() {
		if word, _, _ := strings.Cut(l.begins, " "); word != "jf" && !strings.Contains(word, "/") {
			words = append(words, word)
		}
	}
	return words
}

// reasonToLeave returns why a command line is not run. There is none for what the list does not name.
func reasonToLeave(words string) (reason string, known bool) {
	for _, l := range leftOuts() {
		if strings.HasPrefix(words+" ", l.begins) {
			return l.reason, true
		}
	}
	word, _, _ := strings.Cut(words, " ")
	return "run by make docs", slices.Contains(toolNames(), word)
}

// makeTargets reads the Makefile.
func makeTargets(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	var targets []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z0-9-]+):`).FindAllStringSubmatch(string(content), -1) {
		targets = append(targets, m[1])
	}
	return targets
}

var quoted = regexp.MustCompile(`"[^"]*"`)

// TestMakeTargetsExist looks at every "make <target>" in blocks and in the text.
func TestMakeTargetsExist(t *testing.T) {
	t.Parallel()
	targets := makeTargets(t)
	for _, p := range pages(t) {
		var all []string
		for _, b := range p.blocks {
			all = append(all, b.lines...)
		}
		for _, line := range append(all, p.spans...) {
			words := strings.Fields(quoted.ReplaceAllString(line, ""))
			if len(words) < 2 || words[0] != "make" {
				continue
			}
			for _, word := range words[1:] {
				if word == "#" || word == "&&" {
					break
				}
				if !strings.Contains(word, "=") {
					assert.Contains(t, targets, word, "%s: %s", p.path, line)
				}
			}
		}
	}
}
