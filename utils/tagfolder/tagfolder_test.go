package tagfolder_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/tagfolder"
)

// tree is a server that holds files.
type tree struct {
	files map[string]bool
	calls []string
	// before is called before each change.
	before func(call string)
}

func treeOf(files ...string) *tree {
	t := &tree{files: map[string]bool{}}
	for _, f := range files {
		t.files[f] = true
	}
	return t
}

// Contents implements tagfolder.Lister.
func (t *tree) Contents(_ context.Context, path string) (files, folders []string, err error) {
	for f := range t.files {
		rest, ok := strings.CutPrefix(f, path+"/")
		name, _, nested := strings.Cut(rest, "/")
		switch {
		case !ok:
		case !nested:
			files = append(files, name)
		case !slices.Contains(folders, name):
			folders = append(folders, name)
		}
	}
	if len(files)+len(folders) == 0 {
		err = failure.ErrNotFound
	}
	slices.Sort(files)
	return files, folders, err
}

// Copy implements tagfolder.Server.
func (t *tree) Copy(_ context.Context, from, to string) error {
	t.note("copy " + from + " " + to)
	for f := range t.files {
		if rest, ok := strings.CutPrefix(f, from); ok && (rest == "" || rest[0] == '/') {
			t.files[to+rest] = true
		}
	}
	return nil
}

// Delete implements tagfolder.Server.
func (t *tree) Delete(_ context.Context, path string) error {
	t.note("delete " + path)
	found := false
	for f := range t.files {
		if f == path || strings.HasPrefix(f, path+"/") {
			delete(t.files, f)
			found = true
		}
	}
	if !found {
		return failure.ErrNotFound
	}
	return nil
}

func (t *tree) note(call string) {
	if t.before != nil {
		t.before(call)
	}
	t.calls = append(t.calls, call)
}

// twice makes a change, and makes it again when that failed and it did not happen.
func twice(ctx context.Context, first, again func(context.Context) error,
	done func(context.Context) (bool, error),
) error {
	err := first(ctx)
	if err == nil {
		return nil
	}
	if happened, lookErr := done(ctx); happened || lookErr != nil {
		return lookErr
	}
	return again(ctx)
}

var blob = "sha256__" + strings.Repeat("a", 64)

func remove(t *testing.T, s *tree, server tagfolder.Server) error {
	t.Helper()
	inside, err := tagfolder.Look(t.Context(), s, "r/app/1")
	require.NoError(t, err)
	gone := func(context.Context) (bool, error) { return !s.files["r/app/1/manifest.json"], nil }
	return tagfolder.Deletion{Server: server, Path: "r/app/1", Try: twice, Gone: gone}.Delete(t.Context(), inside)
}

func TestDelete(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files, left, calls []string
	}{
		"alone": {
			[]string{"manifest.json", blob, "note.txt"}, nil, []string{""},
		},
		"with an image below": {
			[]string{"manifest.json", blob, "latest/manifest.json", "latest/" + blob}, []string{
				"latest/manifest.json",
				"latest/" + blob,
			}, []string{"/manifest.json", "/" + blob},
		},
		"the file that is served goes after the other": {
			[]string{
				"manifest.json", "list.manifest.json", blob,
				"x/y/manifest.json",
			}, []string{"x/y/manifest.json"}, []string{"/manifest.json", "/list.manifest.json", "/" + blob},
		},
		"with what belongs to the image below": {
			[]string{"manifest.json", "referrers.json", "sha256__short", "_uploads/" + blob}, []string{
				"referrers.json",
				"sha256__short", "_uploads/" + blob,
			}, []string{"/manifest.json"},
		},
		"with a folder named like a file": {
			[]string{"manifest.json", "list.manifest.json/latest/manifest.json"}, []string{"list.manifest.json/latest/manifest.json"}, []string{"/manifest.json"},
		},
	} {
		s := treeOf("r/app/2/manifest.json")
		for _, f := range c.files {
			s.files["r/app/1/"+f] = true
		}
		require.NoError(t, remove(t, s, s), name)
		want := map[string]bool{"r/app/2/manifest.json": true}
		for _, f := range c.left {
			want["r/app/1/"+f] = true
		}
		assert.Equal(t, want, s.files, name)
		for i := range c.calls {
			c.calls[i] = "delete r/app/1" + c.calls[i]
		}
		assert.Equal(t, c.calls, s.calls, name)
	}
}

// A folder whose manifest the list leaves out, since it may not be read, is left alone.
func TestDeleteOfWhatCannotBeSeen(t *testing.T) {
	t.Parallel()
	s := treeOf("r/app/1/" + blob)
	require.ErrorContains(t, remove(t, s, s), "are not those that it serves")
	assert.Empty(t, s.calls)
}

// failing fails the first delete, after which somebody else pushes.
type failing struct {
	*tree
	push string
}

// Delete implements tagfolder.Server.
func (f *failing) Delete(ctx context.Context, path string) error {
	if f.push != "" {
		f.files[f.push] = true
		f.push = ""
		return errors.New("timeout")
	}
	return f.tree.Delete(ctx, path)
}

// Before a folder is deleted again, it is looked at again.
func TestDeleteAgainLooksAgain(t *testing.T) {
	t.Parallel()
	s := treeOf("r/app/1/manifest.json", "r/app/1/"+blob)
	require.NoError(t, remove(t, s, &failing{s, "r/app/1/latest/manifest.json"}))
	assert.Equal(t, map[string]bool{"r/app/1/latest/manifest.json": true}, s.files)
}

// The tag is pushed anew between two deletes: what is left belongs to it.
func TestPushedAmongTheFiles(t *testing.T) {
	t.Parallel()
	s := treeOf("r/app/1/manifest.json", "r/app/1/"+blob, "r/app/1/latest/manifest.json")
	inside, err := tagfolder.Look(t.Context(), s, "r/app/1")
	require.NoError(t, err)
	try := func(ctx context.Context, first, again func(context.Context) error,
		done func(context.Context) (bool, error),
	) error {
		err := twice(ctx, first, again, done)
		s.files["r/app/1/manifest.json"] = true
		return err
	}
	require.NoError(t, tagfolder.Deletion{Server: s, Path: "r/app/1", Try: try}.Delete(t.Context(), inside))
	assert.Len(t, s.files, 3)
	assert.Len(t, s.calls, 1)
}

func TestCopy(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files, calls []string
	}{
		"alone": {[]string{"r/app/1/manifest.json", "r/app/1/" + blob}, []string{"copy r/app/1 q/1"}},
		"with an image below": {
			[]string{"r/app/1/manifest.json", "r/app/1/" + blob, "r/app/1/x/manifest.json"},
			[]string{"copy r/app/1/" + blob + " q/1/" + blob, "copy r/app/1/manifest.json q/1/manifest.json"},
		},
		"to where something is": {
			[]string{"r/app/1/manifest.json", "q/1/x/manifest.json"},
			[]string{"copy r/app/1/manifest.json q/1/manifest.json"},
		},
	} {
		s := treeOf(c.files...)
		require.NoError(t, tagfolder.Copy(t.Context(), s, "r/app/1", "q/1"), name)
		assert.Equal(t, c.calls, s.calls, name)
	}
	require.ErrorIs(t, tagfolder.Copy(t.Context(), treeOf(), "r/app/1", "q/1"), failure.ErrNotFound)
}
