package merge_test

import (
	"slices"
	"strings"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/merge"
)

// Attestations that the source has come first, in its order; those that it has no more come after them.
func TestNewerAttestationsComeFirst(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ target, source, want string }{
		"replaced":                {"a", "b", "ba"},
		"replaced twice":          {"ba", "c", "cba"},
		"one is still there":      {"ab", "bc", "bca"},
		"nothing in common":       {"ab", "cd", "cdab"},
		"as often as it is there": {"aab", "ac", "acab"},
	} {
		record := func(names string) string {
			var layers []string
			for _, n := range strings.Split(names, "") {
				layers = append(layers, `{"mediaType":"application/vnd.dsse.envelope.v1+json","digest":"sha256:`+strings.Repeat(n, 64)+`","size":1}`)
			}
			return `{"layers":[` + strings.Join(layers, ",") + `]}`
		}
		merged, err := merge.Attestations(parse(t, ocispec.MediaTypeImageManifest, record(tt.target)),
			parse(t, ocispec.MediaTypeImageManifest, record(tt.source)), nil)
		require.NoError(t, err, name)
		var got []string
		for _, e := range merged.Manifest.Entries() {
			got = append(got, e.Digest.Encoded()[:1])
		}
		assert.Equal(t, tt.want, strings.Join(slices.Clone(got), ""), name)
	}
}
