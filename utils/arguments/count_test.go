package arguments_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/utils/arguments"
)

func TestNumberOfArguments(t *testing.T) {
	t.Parallel()
	p := arguments.Program{Name: "jf plug", Commands: []arguments.Command{
		{Name: "copy", Arguments: []string{"<a>", "<b>"}, Optional: 2},
		{Name: "list", Arguments: []string{"<a>..."}, Repeated: true},
		{Name: "one", Arguments: []string{"<a>"}},
	}}
	for _, tt := range []struct {
		words []string
		says  string
	}{
		{[]string{"copy"}, ""},
		{[]string{"copy", "x"}, ""},
		{[]string{"copy", "x", "y"}, ""},
		{[]string{"copy", "x", "y", "z"}, "copy takes 0 to 2 arguments, but 3 were given"},
		{[]string{"copy", "x", ""}, "argument <b> is empty"},
		{[]string{"list"}, "list takes at least 1 argument, but 0 were given"},
		{[]string{"list", "x", "y", "z"}, ""},
		{[]string{"list", "x", "y", ""}, "argument <a>... is empty"},
		{[]string{"one"}, "one takes 1 argument, but 0 were given"},
	} {
		_, err := p.Normalise(tt.words)
		if tt.says == "" {
			assert.NoError(t, err, "%v", tt.words)
			continue
		}
		assert.ErrorContains(t, err, tt.says)
	}
}
