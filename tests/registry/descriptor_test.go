package registry

import (
	"bytes"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// descriptor has the fields that the registry knows; another one makes its check fail.
type descriptor struct {
	PluginName   string   `yaml:"pluginName"`
	Version      string   `yaml:"version"`
	Repository   string   `yaml:"repository"`
	Maintainers  []string `yaml:"maintainers"`
	RelativePath string   `yaml:"relativePath"`
	Tag          string   `yaml:"tag"`
	Branch       string   `yaml:"branch"`
}

func TestDescriptor(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../docs/registry/signed-promote.yml")
	require.NoError(t, err)
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	var d descriptor
	require.NoError(t, decoder.Decode(&d))

	source, err := os.ReadFile("../../main.go")
	require.NoError(t, err)
	version := regexp.MustCompile(`const version = "([^"]+)"`).FindSubmatch(source)
	require.NotNil(t, version)
	modules, err := os.ReadFile("../../go.mod")
	require.NoError(t, err)

	assert.Equal(t, "signed-promote", d.PluginName)
	assert.Equal(t, string(version[1]), d.Version, "the registry's job compares it with what the plugin says")
	assert.Equal(t, d.Version, d.Tag)
	assert.Contains(t, string(modules), "module "+d.Repository[len("https://"):]+"\n")
	assert.NotEmpty(t, d.Maintainers)
	assert.Empty(t, d.Branch, "the registry takes a tag or a branch, not both")
	assert.Empty(t, d.RelativePath, "the plugin is at the top of its repository")
	assert.NoDirExists(t, "../../resources", "the plugin needs no files beside its binary")
}
