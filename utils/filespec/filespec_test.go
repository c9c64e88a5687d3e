package filespec_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/filespec"
)

func TestPatterns(t *testing.T) {
	t.Parallel()
	spec := filespec.Patterns([]filespec.Folder{
		{Repo: "dev", Path: "app/1"},
		{Repo: "dev", Path: "app/2", To: "prod/app/2"},
	})
	assert.Equal(t, []filespec.Group{
		{Pattern: "dev/app/1/*", Recursive: "false"},
		{Pattern: "dev/app/2/*", Target: "prod/app/2/", Flat: "true", Recursive: "false"},
	}, spec.Files)
}

// Every folder is in one search of its repository and target, whatever their number, and no search is too long.
func TestAQLs(t *testing.T) {
	t.Parallel()
	var folders []filespec.Folder
	for n := range 200 {
		repo := []string{"dev", "sigs"}[n%2]
		path := fmt.Sprintf("team/app/sha256-%064d.sig", n)
		to := "prod/" + path
		if n%50 == 0 {
			to = "prod/elsewhere/" + path
		}
		folders = append(folders, filespec.Folder{Repo: repo, Path: path, To: to})
	}
	spec, err := filespec.AQLs(folders)
	require.NoError(t, err)
	found := map[string]string{}
	for _, g := range spec.Files {
		var search struct {
			Repo string
			Or   []struct{ Path string } `json:"$or"`
		}
		require.NoError(t, json.Unmarshal(g.AQL.Find, &search))
		assert.LessOrEqual(t, len(g.AQL.Find), 5500)
		for _, p := range search.Or {
			target := g.Target
			if g.Flat == "" {
				target += p.Path + "/"
			}
			assert.NotContains(t, found, search.Repo+"/"+p.Path)
			found[search.Repo+"/"+p.Path] = target
		}
	}
	want := map[string]string{}
	for _, f := range folders {
		want[f.Repo+"/"+f.Path] = f.To + "/"
	}
	assert.Equal(t, want, found)
}
