package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
)

func TestMakeForUnsignedImages(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		root, amd64, arm string
		prefix           string
		refused          bool
		// warnings counts those of an image that may pass.
		warnings int
	}{
		"all signed":                       {"sig", "sig", "sig", "", false, 0},
		"children unsigned":                {"sig", "", "", "", false, 2},
		"one child unsigned":               {"sig", "sig", "", "", false, 1},
		"children only":                    {"", "sig", "sig", "", true, 1},
		"one child only":                   {"", "sig", "", "", true, 2},
		"nothing":                          {"", "", "", "", true, 1},
		"attestations do not sign":         {"att", "att", "att", "", true, 1},
		"a prefix that no verifier uses":   {"qa-sig", "sig", "sig", "", true, 1},
		"a prefix that the verifiers use":  {"qa-sig", "sig", "sig", "qa-", false, 0},
		"a prefix, signed without as well": {"sig", "sig", "sig", "qa-", false, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			amd64, arm := s.image("", "amd64"), s.image("", "arm")
			root := s.index("1.0", amd64, arm)
			for m, suffix := range map[*manifest.Manifest]string{&root: tt.root, &amd64: tt.amd64, &arm: tt.arm} {
				switch suffix {
				case "":
				case "qa-sig":
					s.folders["qa-"+tagOf(*m, "sig")] = record(t, "sig", "A")
				default:
					s.hang(*m, suffix, "A")
				}
			}
			r := request()
			r.Prefix = tt.prefix
			p, err := plan.Make(r, s.graph("1.0"), plan.Target{})
			assert.Equal(t, tt.refused, failure.IsRefusal(err))
			if tt.refused {
				assert.ErrorContains(t, err, "is not signed")
			} else {
				require.NoError(t, err)
				assert.Len(t, ofSigning(p), tt.warnings)
			}

			r.AllowUnsigned = true
			p, err = plan.Make(r, s.graph("1.0"), plan.Target{})
			require.NoError(t, err)
			assert.Len(t, ofSigning(p), tt.warnings)
			assert.Len(t, p.Of(plan.Promote), 1)
		})
	}
}

// ofSigning returns the warnings that are not about verifiers at the target.
func ofSigning(p *plan.Plan) []string {
	return slices.DeleteFunc(slices.Clone(p.Warnings), func(w string) bool { return strings.Contains(w, "podman") })
}

// Warnings of one plan do not reach the graph, which other plans may share.
func TestMakeKeepsTheGraph(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.image("1.0", "app")
	g := s.graph("1.0")
	g.Warnings = append(make([]string, 0, 8), "found and passed over")
	r := request()
	r.AllowUnsigned = true
	p, err := plan.Make(r, g, plan.Target{})
	require.NoError(t, err)
	require.Len(t, p.Warnings, 2)
	assert.Equal(t, g.Warnings[0], p.Warnings[0])
	assert.Empty(t, g.Warnings[:2][1])
}
