package artifactory_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func storedIn(repo, path string, d digest.Digest) manifest.Stored {
	return manifest.Stored{Image: reference.Image{Repo: repo, Path: path}, Folder: "1.0", Name: manifest.File, Digest: d}
}

// Of many manifests those are told that are where the user may not read, wherever their digests are in the order.
func TestConcealed(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	s.AddUser(double.User{
		Name: "part", Password: "secret",
		Grants: []double.Grant{{Repo: dev, Exclude: "hidden*/**", Read: true}},
	})
	c := as(t, s, "part")
	put := func(repo, path, content string) digest.Digest {
		return digest.NewDigestFromEncoded(digest.SHA256, s.PutFile(repo, path+"/1.0/manifest.json", []byte(content), nil))
	}
	shown := storedIn(dev, "app", put(dev, "app", "shown"))
	var sought []manifest.Sought
	var hidden []digest.Digest
	for i := range 130 {
		one := manifest.Sought{Digest: digest.FromString(fmt.Sprint("nowhere ", i))}
		switch i {
		case 7, 8, 100:
			hidden = append(hidden, put(dev, fmt.Sprint("hidden-", i), fmt.Sprint("nowhere ", i)))
		case 50:
			hidden = append(hidden, put(prod, "elsewhere", fmt.Sprint("nowhere ", i)))
		case 60:
			one.Known = []manifest.Stored{storedIn(dev, "known", put(dev, "known", fmt.Sprint("nowhere ", i)))}
		case 70:
			one.Known = []manifest.Stored{storedIn(dev, "both", put(dev, "both", fmt.Sprint("nowhere ", i)))}
			hidden = append(hidden, put(dev, "hidden", fmt.Sprint("nowhere ", i)))
		case 80: // no manifest
			s.PutFile(dev, "hidden/1.0/sha256__80", []byte("nowhere 80"), nil)
		}
		sought = append(sought, one)
	}
	found, err := c.Concealed(t.Context(), sought, shown)
	require.NoError(t, err)
	assert.ElementsMatch(t, hidden, found)

	s.ResetLog()
	clean := slices.DeleteFunc(slices.Clone(sought),
		func(one manifest.Sought) bool { return slices.Contains(hidden, one.Digest) })
	found, err = c.Concealed(t.Context(), clean, shown)
	require.NoError(t, err)
	assert.Empty(t, found)
	assert.LessOrEqual(t, len(s.Log()), 4, "60 digests at once, on both sides of the one that is shown")
}

// What cannot be told counts as concealed, and an error is one.
func TestConcealedInDoubt(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	shown := storedIn(dev, "app", digest.NewDigestFromEncoded(digest.SHA256,
		s.PutFile(dev, "app/1.0/manifest.json", []byte("shown"), nil)))
	places := make([]manifest.Stored, 100)
	for i := range places {
		places[i] = storedIn(dev, fmt.Sprint("place-", i), of("everywhere"))
	}
	sought := []manifest.Sought{{Digest: of("everywhere"), Known: places}, {Digest: shown.Digest}, {Digest: of("nowhere")}}
	found, err := c.Concealed(t.Context(), sought, shown)
	require.NoError(t, err)
	assert.ElementsMatch(t, []digest.Digest{of("everywhere"), shown.Digest}, found)

	found, err = c.Concealed(t.Context(), sought[2:], storedIn(dev, "gone", of("gone")))
	require.NoError(t, err)
	assert.Equal(t, []digest.Digest{of("nowhere")}, found, "the one that is shown is gone")
	_, broken := scripted(t, http.StatusTooManyRequests, "")
	_, err = broken.Concealed(t.Context(), sought[2:], shown)
	require.Error(t, err)
}

func of(content string) digest.Digest { return digest.FromString(content) }
