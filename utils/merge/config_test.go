package merge_test

import (
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/merge"
)

func TestConfigIsRebuilt(t *testing.T) {
	t.Parallel()
	// Two signatures over one payload: the diff id repeats.
	a, b := signature("payload", "A"), signature("payload", "B")
	id := `"` + digest.FromString("payload").String() + `"`
	rootfs := `"rootfs":{"type":"layers","diff_ids":[` + id + "," + id + `]}`
	tests := map[string]struct{ config, want string }{
		"as cosign writes it": {
			configOf(a),
			`{"architecture":"","created":"0001-01-01T00:00:00Z","os":"","config":{},"history":[` + writtenHistory + "," + emptyHistory + `],` + rootfs + `}`,
		},
		"no fields at all":     {`{}`, `{"history":[` + emptyHistory + "," + emptyHistory + `],` + rootfs + `}`},
		"no history":           {`{"os":"x"}`, `{"os":"x","history":[` + emptyHistory + "," + emptyHistory + `],` + rootfs + `}`},
		"history is null":      {`{"history":null}`, `{"history":[` + emptyHistory + "," + emptyHistory + `],` + rootfs + `}`},
		"too much history":     {`{"history":[{"a":1},{"a":2},{"a":3}]}`, `{"history":[{"a":1},{"a":2}],` + rootfs + `}`},
		"unknown fields":       {`{"x":["<&>"],"history":[{"y":"<&>"}]}`, `{"x":["<&>"],"history":[{"y":"<&>"},` + emptyHistory + `],` + rootfs + `}`},
		"rootfs is nonsense":   {`{"rootfs":42,"history":[]}`, `{"history":[` + emptyHistory + "," + emptyHistory + `],` + rootfs + `}`},
		"diff ids are another": {`{"rootfs":{"type":"layers","diff_ids":["sha256:x"]}}`, `{"history":[` + emptyHistory + "," + emptyHistory + `],` + rootfs + `}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw := `{"config":` + entry(ocispec.MediaTypeImageConfig, tt.config, nil) + `,"layers":[` + a + `]}`
			source, _ := record(t, b)
			merged, err := merge.Records(parse(t, ocispec.MediaTypeImageManifest, raw), source, []byte(tt.config))
			require.NoError(t, err)
			assert.JSONEq(t, tt.want, string(merged.Config))
			assert.NotContains(t, string(merged.Config), `\u003c`)
			checkConfig(t, merged)
		})
	}
}

// The empty config is two bytes by its specification, and other types are not ours to change: they stay, and so does
// their descriptor with all that is in it.
func TestConfigOfAnotherTypeStays(t *testing.T) {
	t.Parallel()
	a, b := signature("payload", "A"), signature("payload", "B")
	descriptor := `{"mediaType":"application/vnd.oci.empty.v1+json","data":"e30=","digest":"` + digest.FromString("{}").String() + `","size":2}`
	source, _ := record(t, b)
	merged, err := merge.Records(parse(t, ocispec.MediaTypeImageManifest, `{"config":`+descriptor+`,"layers":[`+a+`]}`), source, []byte("{}"))
	require.NoError(t, err)
	assert.Equal(t, "{}", string(merged.Config))
	assert.Equal(t, descriptor, string(fieldsOf(t, merged.Manifest.Raw)["config"]))
	assert.Equal(t, []string{a, b}, verbatim(t, merged.Manifest))
}

func TestRecordWithoutConfigGetsOne(t *testing.T) {
	t.Parallel()
	a, b := signature("payload", "A"), signature("payload", "B")
	source, _ := record(t, b)
	merged, err := merge.Records(parse(t, ocispec.MediaTypeImageManifest, `{"layers":[`+strings.Join([]string{a, a}, ",")+`]}`), source, nil)
	require.NoError(t, err)
	assert.Equal(t, ocispec.MediaTypeImageConfig, merged.Manifest.Content.Config.MediaType)
	checkConfig(t, merged)
}
