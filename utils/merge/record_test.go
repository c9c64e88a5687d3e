package merge_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/merge"
)

func TestRecords(t *testing.T) {
	t.Parallel()
	a, b, c := signature("payload", "A"), signature("payload", "B"), signature("payload", "C")
	prod := signature("payload of prod", "A")
	bare := entry(dsse, "statement", nil)
	predicate := entry(dsse, "statement", map[string]string{
		"predicateType": "https://slsa.dev/provenance/v1",
		signatureKey:    "",
	})
	tests := map[string]struct{ target, source, want []string }{
		"disjoint":                       {[]string{a}, []string{b}, []string{a, b}},
		"equal digests (F2)":             {[]string{a, b}, []string{c, prod}, []string{a, b, c, prod}},
		"overlap, other order":           {[]string{a, b}, []string{b, c, a}, []string{a, b, c}},
		"source is a subset":             {[]string{a, b, c}, []string{b}, []string{a, b, c}},
		"source is a superset":           {[]string{b}, []string{a, b, c}, []string{b, a, c}},
		"equal":                          {[]string{a, b}, []string{a, b}, []string{a, b}},
		"twice at the source":            {[]string{a}, []string{a, a, b}, []string{a, a, b}},
		"twice at the target":            {[]string{a, a}, []string{a, b, b}, []string{a, a, b, b}},
		"nothing at the target":          {nil, []string{a}, []string{a}},
		"nothing at the source":          {[]string{a}, nil, []string{a}},
		"nothing at all":                 {nil, nil, []string{}},
		"attestations, one without type": {[]string{predicate}, []string{bare, predicate}, []string{predicate, bare}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, config := record(t, tt.target...)
			source, _ := record(t, tt.source...)
			merged, err := merge.Records(target, source, config)
			require.NoError(t, err)
			assert.Equal(t, tt.want, verbatim(t, merged.Manifest))
			assert.True(t, merged.Manifest.Covers(target))
			assert.True(t, merged.Manifest.Covers(source))
			assert.Empty(t, merged.Manifest.Lacking(source.Entries()))
			assert.Empty(t, merged.Manifest.Lacking(target.Entries()))

			again, err := merge.Records(merged.Manifest, source, merged.Config)
			require.NoError(t, err)
			assert.Equal(t, string(merged.Manifest.Raw), string(again.Manifest.Raw), "merging twice adds nothing")
			assert.Equal(t, string(merged.Config), string(again.Config))
			checkConfig(t, merged)
		})
	}
}

// checkConfig holds a merged record against its config: described by digest and size, one diff id and history entry for
// each layer.
func checkConfig(t *testing.T, r merge.Record) {
	t.Helper()
	d := r.Manifest.Content.Config
	require.NotNil(t, d)
	assert.Equal(t, digest.FromBytes(r.Config), d.Digest)
	assert.Equal(t, int64(len(r.Config)), d.Size)
	var config ocispec.Image
	require.NoError(t, json.Unmarshal(r.Config, &config))
	assert.Equal(t, "layers", config.RootFS.Type)
	assert.Len(t, config.History, len(r.Manifest.Content.Layers))
	require.Len(t, config.RootFS.DiffIDs, len(r.Manifest.Content.Layers))
	for i, layer := range r.Manifest.Content.Layers {
		assert.Equal(t, layer.Digest, config.RootFS.DiffIDs[i])
	}
}

// A media type belongs to the bytes: a target with docker types keeps them, whatever the source has.
func TestRecordsKeepTheTypesOfTheTarget(t *testing.T) {
	t.Parallel()
	a, b := signature("payload", "A"), signature("payload", "B")
	docker, dockerBytes := typed(t, manifest.DockerManifest, dockerConfig, a)
	oci, ociBytes := typed(t, ocispec.MediaTypeImageManifest, ocispec.MediaTypeImageConfig, b)

	merged, err := merge.Records(docker, oci, dockerBytes)
	require.NoError(t, err)
	assert.Equal(t, manifest.DockerManifest, merged.Manifest.MediaType)
	assert.Equal(t, manifest.DockerManifest, merged.Manifest.Content.MediaType)
	assert.Equal(t, dockerConfig, merged.Manifest.Content.Config.MediaType)
	assert.Equal(t, []string{a, b}, verbatim(t, merged.Manifest))
	checkConfig(t, merged)

	merged, err = merge.Records(oci, docker, ociBytes)
	require.NoError(t, err)
	assert.Equal(t, ocispec.MediaTypeImageManifest, merged.Manifest.MediaType)
	assert.Equal(t, ocispec.MediaTypeImageConfig, merged.Manifest.Content.Config.MediaType)
	assert.Equal(t, []string{b, a}, verbatim(t, merged.Manifest))
}

// A signature lives in the annotations: not one byte of a descriptor may change, on either side.
func TestRecordsTakeDescriptorsOverVerbatim(t *testing.T) {
	t.Parallel()
	d := digest.FromString("payload").String()
	tests := map[string]string{
		"PEM":              `{"mediaType":"m","digest":"` + d + `","size":7,"annotations":{"dev.sigstore.cosign/certificate":"-----BEGIN CERTIFICATE-----\nMII+/=\n-----END CERTIFICATE-----\n"}}`,
		"HTML characters":  `{"mediaType":"m","digest":"` + d + `","size":7,"annotations":{"dev.sigstore.cosign/bundle":"{\"a\":\"<b>&'c\"}"}}`,
		"escaped":          `{"mediaType":"m","digest":"` + d + `","size":7,"annotations":{"a":"\u003cb\u003e\u0026 \/ \u2028 \u00e9 \ud83d\ude00"}}`,
		"not escaped":      `{"mediaType":"m","digest":"` + d + `","size":7,"annotations":{"a":"é 😀 ` + "\u2028" + `"}}`,
		"order of fields":  `{"annotations":{"z":"1","a":"2"},"size":7,"digest":"` + d + `","mediaType":"m"}`,
		"unknown fields":   `{"mediaType":"m","digest":"` + d + `","size":7,"x-note":[1.50,{"b":null}],"data":"cGF5bG9hZA=="}`,
		"no annotations":   `{"mediaType":"m","digest":"` + d + `","size":7}`,
		"empty ones":       `{"mediaType":"m","digest":"` + d + `","size":7,"annotations":{}}`,
		"foreign":          `{"mediaType":"m","digest":"` + d + `","size":7,"urls":["https://example.com/?a=1&b=2"]}`,
		"number as it was": `{"mediaType":"m","digest":"` + d + `","size":7,"n":12345678901234567890}`,
	}
	other := signature("payload", "other")
	for name, descriptor := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mine, mineConfig := record(t, descriptor)
			theirs, theirsConfig := record(t, other)
			merged, err := merge.Records(mine, theirs, mineConfig)
			require.NoError(t, err)
			assert.Equal(t, []string{descriptor, other}, verbatim(t, merged.Manifest))
			merged, err = merge.Records(theirs, mine, theirsConfig)
			require.NoError(t, err)
			assert.Equal(t, []string{other, descriptor}, verbatim(t, merged.Manifest))
		})
	}
}

// White space is the one thing that is not kept.
func TestRecordsOfAnIndentedManifest(t *testing.T) {
	t.Parallel()
	a, b := signature("payload", "A < & >"), signature("payload", "B")
	plain, config := record(t, a)
	indented := parse(t, plain.MediaType, strings.ReplaceAll(string(plain.Raw), `,"`, ",\n  \""))
	require.NotEqual(t, plain.Digest, indented.Digest)
	source, _ := record(t, b)
	merged, err := merge.Records(indented, source, config)
	require.NoError(t, err)
	assert.Equal(t, []string{a, b}, verbatim(t, merged.Manifest))
	assert.Equal(t, indented.Entries()[0], merged.Manifest.Entries()[0])
}

func TestRecordsKeepEveryOtherField(t *testing.T) {
	t.Parallel()
	a, b := signature("payload", "A"), signature("payload", "B")
	config := configOf(a)
	raw := `{"schemaVersion":2,"x":{"y":["<&>"]},"annotations":{"note":"<a&b>"},"config":` +
		entry(ocispec.MediaTypeImageConfig, config, map[string]string{"of": "config"}) + `,"layers":[` + a + `]}`
	source, _ := record(t, b)
	merged, err := merge.Records(parse(t, ocispec.MediaTypeImageManifest, raw), source, []byte(config))
	require.NoError(t, err)
	fields := fieldsOf(t, merged.Manifest.Raw)
	assert.Equal(t, `{"y":["<&>"]}`, string(fields["x"]))
	assert.Equal(t, `{"note":"<a&b>"}`, string(fields["annotations"]))
	assert.Equal(t, "2", string(fields["schemaVersion"]))
	assert.NotContains(t, fields, "mediaType", "it had none")
	assert.Equal(t, map[string]string{"of": "config"}, merged.Manifest.Content.Config.Annotations)
}

func TestRecordsRefuse(t *testing.T) {
	t.Parallel()
	a := signature("payload", "A")
	good, config := record(t, a)
	child := entry(ocispec.MediaTypeImageManifest, "child", nil)
	tests := map[string]struct {
		target, source manifest.Manifest
		config         string
	}{
		"target is an index":      {parse(t, ocispec.MediaTypeImageIndex, `{"manifests":[`+child+`]}`), good, string(config)},
		"source is an index":      {good, parse(t, ocispec.MediaTypeImageIndex, `{"manifests":[`+child+`]}`), string(config)},
		"source has children":     {good, parse(t, ocispec.MediaTypeImageManifest, `{"manifests":[`+child+`]}`), string(config)},
		"source has blobs":        {good, parse(t, manifest.OCIArtifact, `{"blobs":[`+child+`]}`), string(config)},
		"the zero manifest":       {manifest.Manifest{}, good, string(config)},
		"source zero":             {good, manifest.Manifest{}, string(config)},
		"null":                    {manifest.Manifest{Raw: []byte("null")}, good, string(config)},
		"target, other case":      {parse(t, good.MediaType, `{"Layers":[`+a+`]}`), good, string(config)},
		"source, other case":      {good, parse(t, good.MediaType, `{"LAYERS":[`+a+`]}`), string(config)},
		"target, layers twice":    {parse(t, good.MediaType, `{"layers":[`+a+`],"Layers":[`+signature("x", "B")+`]}`), good, string(config)},
		"config missing":          {good, good, ""},
		"config null":             {good, good, "null"},
		"config a list":           {good, good, "[]"},
		"config truncated":        {good, good, string(config[:len(config)-1])},
		"config, history no list": {good, good, `{"history":{}}`},
		"merged is too large": {
			parse(t, good.MediaType, `{"layers":[],"x":"`+strings.Repeat("x", manifest.MaxSize-100)+`"}`), good, string(config),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := merge.Records(tt.target, tt.source, []byte(tt.config))
			assert.Error(t, err)
		})
	}
}

// Where a key is there twice, readers differ in what they see. That shows only in the result, which must not be passed
// off as whole.
func TestRecordsRefuseWhatOnlyTheResultShows(t *testing.T) {
	t.Parallel()
	good, config := record(t, signature("payload", "A"))
	first := entry(simpleSigning, "payload", map[string]string{"one": "1"})
	second := entry(simpleSigning, "payload", map[string]string{"two": "2"})
	twice := parse(t, good.MediaType, `{"layers":[`+first+`],"layers":[`+second+`]}`)
	_, err := merge.Records(good, twice, config)
	require.ErrorContains(t, err, "without loss")
	_, err = merge.Records(twice, good, config)
	assert.ErrorContains(t, err, "without loss")
}

// Merging the other way round gives the same entries in another order.
func TestRecordsCommute(t *testing.T) {
	t.Parallel()
	a, b := signature("payload", "A"), signature("payload", "B")
	one, oneConfig := record(t, a, a)
	two, twoConfig := record(t, b, a)
	there, err := merge.Records(one, two, oneConfig)
	require.NoError(t, err)
	back, err := merge.Records(two, one, twoConfig)
	require.NoError(t, err)
	assert.ElementsMatch(t, verbatim(t, there.Manifest), verbatim(t, back.Manifest))
}

func FuzzRecords(f *testing.F) {
	a, b := signature("payload", "A"), signature("payload", "B")
	one, config := record(f, a)
	two, _ := record(f, b, a)
	f.Add(one.Raw, two.Raw, config)
	f.Add([]byte(`{"layers":null}`), []byte(`{"Layers":[`+a+`]}`), []byte("null"))
	f.Add([]byte(`{"layers":[`+a+`],"layers":[`+b+`]}`), two.Raw, []byte(`{"history":[1,2,3],"rootfs":[]}`))
	f.Add([]byte(`{"config":{"mediaType":"application/vnd.oci.empty.v1+json"}}`), one.Raw, []byte("{}"))
	f.Fuzz(func(t *testing.T, targetRaw, sourceRaw, config []byte) {
		target, err := manifest.Parse(ocispec.MediaTypeImageManifest, targetRaw)
		if err != nil {
			return
		}
		source, err := manifest.Parse(ocispec.MediaTypeImageManifest, sourceRaw)
		if err != nil {
			return
		}
		merged, err := merge.Records(target, source, config)
		if err != nil {
			return
		}
		if !merged.Manifest.Covers(target) || !merged.Manifest.Covers(source) {
			t.Error("a merge that succeeds loses nothing")
		}
		if d := merged.Manifest.Content.Config; d == nil || d.Digest != digest.FromBytes(merged.Config) {
			t.Error("the config is not the described one")
		}
		if again, err := merge.Records(merged.Manifest, source,
			merged.Config); err != nil || again.Manifest.Digest != merged.Manifest.Digest {
			t.Errorf("merging again changes something: %v", err)
		}
	})
}
