package inventory

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

// image is what an audit says of a tag, in the form of its JSON.
type image struct {
	Image, Tag, Digest, State string
	FoundIn                   []string
	Findings                  []struct {
		Problem, Subject, Name, Message, Fix string
		FoundIn                              []string
	}
}

type auditResult struct {
	Status   string
	Totals   map[string]int
	Images   []image
	Warnings []string
	HTTP     struct{ Requests int }
	Error    *struct{ Message, Hint string }
}

func decode(t *testing.T, text string) auditResult {
	t.Helper()
	var r auditResult
	require.NoError(t, json.Unmarshal([]byte(text), &r), text)
	validate(t, "audit", text)
	return r
}

// validate holds a result to the schema of its command.
func validate(t *testing.T, command, text string) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", command+".schema.json"))
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(document))
}

// said returns what an audit says, in the words of the judge.
func (r auditResult) said() map[string]opinion {
	all := map[string]opinion{}
	for _, i := range r.Images {
		o := opinion{State: i.State, FoundIn: slices.Clone(i.FoundIn), Problems: []string{}}
		for _, f := range i.Findings {
			o.Problems = append(o.Problems, strings.TrimSpace(f.Problem+" "+f.Subject+" "+f.Name))
		}
		slices.Sort(o.Problems)
		all[i.Image+":"+i.Tag] = o
	}
	return all
}

// differences names the images on which two opinions differ.
func differences(want, got map[string]opinion) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(want)) {
		w, _ := json.Marshal(want[name])
		g, _ := json.Marshal(got[name])
		if string(w) != string(g) {
			all = append(all, name+"\n  want "+string(w)+"\n  got  "+string(g))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, there := want[name]; !there {
			all = append(all, name+" is nowhere")
		}
	}
	return all
}

// An image that a promotion or a copy left without its files is broken, also where another tag holds the same image
// whole, and a platform of which no folder is whole. Nothing is asked about images that are whole.
func TestAuditNoticesImagesWithoutTheirFiles(t *testing.T) {
	t.Parallel()
	s := start(t)
	app := fixture.New(s).Image(prod, "team/app")
	single := app.Single("1.0", "image")
	app.Again("1.0-again", single)
	app.Sign(single, "alice")
	app.Sign(app.Single("2.0", "another image"), "alice")
	index := app.Platforms("3.0", "platforms", "linux/amd64", "linux/arm64")
	app.Sign(index.Digest, "alice")
	empty := func(folder string) {
		for file := range s.Snapshot() {
			if path := strings.TrimPrefix(file, prod+"/"); strings.HasPrefix(path, "team/app/"+folder+"/sha256__") {
				s.DeletePath(prod, path)
			}
		}
	}
	whole := decode(t, plugin(t, s, "audit", prod, "--format", "json").stdout)
	assert.Equal(t, 4, whole.Totals["signed"])
	empty("1.0")
	empty(index.Children[0].String())
	o := plugin(t, s, "audit", prod, "--format", "json")
	require.Equal(t, 5, o.code, o.stderr)
	said := decode(t, o.stdout)
	states := map[string]string{}
	for _, i := range said.Images {
		states[i.Tag] = i.State
	}
	assert.Equal(t, map[string]string{"1.0": "broken", "1.0-again": "signed", "2.0": "signed", "3.0": "broken"}, states)
	assert.Contains(t, o.stdout, "its folder lacks files that the manifest names: sha256:")
}

// With --every-file one missing layer is found, in an image and in a platform, though the rest of the files are there.
func TestAuditOfEveryFile(t *testing.T) {
	t.Parallel()
	s := start(t)
	images := fixture.New(s)
	app := images.Image(prod, "team/app")
	single := app.Single("1.0", "image")
	index := app.Platforms("2.0", "platforms", "linux/amd64", "linux/arm64")
	other := app.Single("3.0", "whole")
	for _, d := range []digest.Digest{single, index.Digest, other} {
		app.Sign(d, "alice")
	}
	states := func(args ...string) map[string]string {
		r, o := audit(t, s, args...)
		require.Contains(t, []int{0, 5}, o.code, o.stderr)
		return r.states()
	}
	signed := map[string]string{"team/app:1.0": "signed", "team/app:2.0": "signed", "team/app:3.0": "signed"}
	require.Equal(t, signed, states("--every-file"))
	for folder, d := range map[string]digest.Digest{"1.0": single, index.Children[1].String(): index.Children[1]} {
		m, there := images.Manifest(d)
		require.True(t, there)
		s.DeletePath(prod, "team/app/"+folder+"/"+manifest.BlobFile(m.Layers[0].Digest))
	}
	assert.Equal(t, signed, states(), "a small file is still there")
	assert.Equal(t, map[string]string{"team/app:1.0": "broken", "team/app:2.0": "broken", "team/app:3.0": "signed"},
		states("--every-file"))
}
