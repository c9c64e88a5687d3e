package artifactory_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
)

// The folders that have a property are found, also where the server trims its answers, until it is taken away.
func TestAnnotated(t *testing.T) {
	t.Parallel()
	s, c := start(t, nil)
	const key = "signed-promote.test"
	want := map[string][]string{}
	for i := range 40 {
		folder := "app/sha256-" + strings.TrimPrefix(of(fmt.Sprint(i)).String(), "sha256:") + ".sig"
		s.PutFile(dev, folder+"/manifest.json", fmt.Append(nil, i), map[string][]string{key: {"of a file"}})
		if i%2 == 0 {
			s.PutProperties(dev, folder, map[string][]string{key: {"a value", fmt.Sprint(i)}, "other": {"x"}})
			want[dev+"/"+folder] = []string{"a value", fmt.Sprint(i)}
		}
	}
	for _, limit := range []int{0, 5} {
		s.SetKnobs(func(k *double.Knobs) { k.AQLHardLimit = limit })
		found, err := c.Annotated(t.Context(), dev, key)
		require.NoError(t, err)
		assert.Equal(t, want, found)
	}
	for folder := range want {
		require.NoError(t, c.DeleteProperties(t.Context(), folder, key))
	}
	require.NoError(t, c.DeleteProperties(t.Context(), dev+"/not/there", key))
	found, err := c.Annotated(t.Context(), dev, key)
	require.NoError(t, err)
	assert.Empty(t, found)
	assert.Len(t, s.SnapshotProperties()[dev+"/app/sha256-"+of("0").Encoded()+".sig"], 1, "the others stay")
	_, broken := scripted(t, http.StatusBadGateway, "")
	_, err = broken.Annotated(t.Context(), dev, key)
	require.Error(t, err)
	require.Error(t, broken.DeleteProperties(t.Context(), dev+"/app", key))
}
