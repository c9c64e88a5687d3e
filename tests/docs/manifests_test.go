package docs

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// TestScriptsInYAMLRun runs what jobs in the YAML blocks of pages do with the plugin: every part of those that are
// split, and then what joins them. The folder that a cluster's pods share is the home.
func TestScriptsInYAMLRun(t *testing.T) {
	t.Parallel()
	shared, ran := newMaterial(t), 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			scripts := b.scripts(t)
			if len(scripts) == 0 {
				continue
			}
			w := newWorld(t, shared)
			s := newShell(t, w)
			for _, script := range scripts {
				for _, env := range parts(script) {
					ran++
					s.run(p.path, strings.ReplaceAll(script, "/audit/", w.home+"/"), true,
						append(env, "URL="+w.server.URL(), "TOKEN="+accessToken)...)
				}
			}
			assert.FileExists(t, w.home+"/"+b.report(t), "%s:%d", p.path, b.line)
		}
	}
	assert.Greater(t, ran, 10)
}

// scripts returns the texts of a YAML block that call the plugin, in their order.
func (b block) scripts(t *testing.T) []string {
	t.Helper()
	if b.language != "yaml" {
		return nil
	}
	var all []string
	decoder := yaml.NewDecoder(strings.NewReader(strings.Join(b.lines, "\n")))
	for {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, scalars(&document)...)
	}
}

func scalars(n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "jf signed-promote ") {
		return []string{n.Value}
	}
	var all []string
	for _, below := range n.Content {
		all = append(all, scalars(below)...)
	}
	return all
}

// parts returns the environment of every job that a system starts for a script: as many as the pages say.
func parts(script string) [][]string {
	var all [][]string
	switch {
	case strings.Contains(script, "$JOB_COMPLETION_INDEX"):
		for i := range 10 {
			all = append(all, []string{fmt.Sprint("JOB_COMPLETION_INDEX=", i)})
		}
	case strings.Contains(script, "$CI_NODE_INDEX"):
		for i := range 4 {
			all = append(all, []string{fmt.Sprint("CI_NODE_INDEX=", i+1), "CI_NODE_TOTAL=4"})
		}
	default:
		all = append(all, nil)
	}
	return all
}

// report is the file that the jobs of a block leave in the end.
func (b block) report(t *testing.T) string {
	t.Helper()
	text := strings.Join(b.lines, "\n")
	for _, name := range []string{"report.html", "audit.xml"} {
		if strings.Contains(text, name) {
			return name
		}
	}
	require.Fail(t, "no report", text)
	return ""
}
