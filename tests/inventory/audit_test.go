package inventory

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

// said gives what an audit says, in the words of the judge.
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
