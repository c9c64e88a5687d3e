package artifactory_test

import (
	"fmt"
	"iter"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

func paths(t *testing.T, files iter.Seq2[manifest.Stored, error]) map[string]manifest.Stored {
	t.Helper()
	found := map[string]manifest.Stored{}
	for f, err := range files {
		require.NoError(t, err)
		found[f.Image.Folder(f.Folder)+"/"+f.Name] = f
	}
	return found
}

func keys(files map[string]manifest.Stored) []string {
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	return names
}

func TestManifestFiles(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	hex := s.PutFile(dev, "team/app/1.0/manifest.json", []byte("{}"), nil)
	for _, name := range []string{
		"team/app/1.0/sha256__aa", "team/app/2.0/list.manifest.json", "1.0/manifest.json", "team/app/_uploads/manifest.json",
		".jfrog/app/1.0/manifest.json", "team/app/.evidence/x/manifest.json", "team/app/1.0/readme",
	} {
		s.PutFile(dev, name, []byte(name), nil)
	}
	s.PutFile(prod, "team/app/1.0/manifest.json", []byte("other"), nil)
	found := paths(t, c.ManifestFiles(t.Context(), dev))
	assert.ElementsMatch(t, []string{dev + "/team/app/1.0/manifest.json", dev + "/team/app/2.0/list.manifest.json"},
		keys(found))
	f := found[dev+"/team/app/1.0/manifest.json"]
	assert.Equal(t, []any{"team/app", "1.0", hex, int64(2), false}, []any{
		f.Image.Path, f.Folder, f.Digest.Encoded(),
		f.Size, f.IsList(),
	})
	assert.WithinDuration(t, time.Now(), f.Changed, time.Minute)
	assert.True(t, found[dev+"/team/app/2.0/list.manifest.json"].IsList())
}

func TestBlobFiles(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	tag, byDigest := "sha256-"+strings.Repeat("a", 64), "sha256:"+strings.Repeat("b", 64)
	for _, folder := range []string{"1.0", tag + ".sig", "pfx-" + tag + ".att", tag, byDigest} {
		s.PutFile(dev, "app/"+folder+"/sha256__01", []byte("small"), nil)
		s.PutFile(dev, "app/"+folder+"/sha256__02", make([]byte, 100<<10), nil)
		s.PutFile(dev, "app/"+folder+"/manifest.json", []byte("{}"), nil)
	}
	folder := func(name string) []string {
		return []string{dev + "/app/" + name + "/sha256__01", dev + "/app/" + name + "/sha256__02"}
	}
	tags := append(append(folder(tag+".sig"), folder("pfx-"+tag+".att")...), folder(tag)...)
	assert.ElementsMatch(t, tags, keys(paths(t, c.BlobFiles(t.Context(), dev, false))))
	assert.ElementsMatch(t, append(tags, dev+"/app/"+byDigest+"/sha256__01"),
		keys(paths(t, c.BlobFiles(t.Context(), dev, true))))
}

// A server that trims its answers is asked in parts, until every row has come.
func TestTrimmedSearchesAreSplit(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	for i := range 60 {
		s.PutFile(dev, fmt.Sprintf("app/%d/manifest.json", i), fmt.Append(nil, i), nil)
	}
	s.SetKnobs(func(k *double.Knobs) { k.AQLHardLimit = 12 })
	assert.Len(t, paths(t, c.ManifestFiles(t.Context(), dev)), 60)
	s.SetKnobs(func(k *double.Knobs) { k.AQLHardLimit = 2 })
	assert.Len(t, paths(t, c.ManifestFiles(t.Context(), dev)), 60, "two levels")
	for i := range 4 {
		s.PutFile(dev, fmt.Sprintf("app/same-%d/manifest.json", i), []byte("same"), nil)
	}
	var trimmed *artifactory.TrimmedError
	for _, err := range c.ManifestFiles(t.Context(), dev) {
		if err != nil {
			require.ErrorAs(t, err, &trimmed, "no part of one sha256 can be asked for: that is an error, not the end")
		}
	}
	assert.NotNil(t, trimmed)
}

func TestHolders(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	var digests []digest.Digest
	for i := range 130 {
		d := s.PutFile(dev, fmt.Sprintf("app/%d/manifest.json", i), fmt.Append(nil, i), nil)
		digests = append(digests, digest.NewDigestFromEncoded(digest.SHA256, d))
	}
	s.PutFile(prod, "app/1/manifest.json", []byte("1"), nil)
	s.PutFile(prod, "app/1/readme", []byte("2"), nil)
	s.ResetLog()
	assert.Len(t, paths(t, c.Holders(t.Context(), digests)), 131)
	assert.Len(t, s.Log(), 3, "60 digests at once")
	assert.Empty(t, paths(t, c.Holders(t.Context(), nil)))
	_, c = scripted(t, http.StatusTooManyRequests, "")
	for _, err := range c.Holders(t.Context(), digests[:1]) {
		require.Error(t, err)
	}
}
