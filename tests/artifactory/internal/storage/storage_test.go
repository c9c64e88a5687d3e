package storage

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func tree() *Tree {
	t := newTree(time.Now)
	t.AddRepo("r")
	return t
}

func TestFilesAndFolders(t *testing.T) {
	t.Parallel()
	tr := tree()
	n, err := tr.PutFile("r", "a/b/f", NewBinary([]byte("x")), "u")
	require.NoError(t, err)
	assert.Equal(t, []any{"r", "a/b/f", 3}, []any{n.Repo(), n.Path(), n.Depth()})
	assert.Same(t, n, tr.Lookup("r", "a/b/f"))
	assert.Nil(t, tr.Lookup("r", "a/b/f/below"))
	assert.Nil(t, tr.Lookup("none", "a"))
	_, err = tr.PutFile("r", "a/b/f/g", NewBinary(nil), "u")
	require.ErrorIs(t, err, ErrNotAFolder)
	_, err = tr.PutFile("r", "a/b", NewBinary(nil), "u")
	require.ErrorIs(t, err, ErrNotAFile)
	_, err = tr.PutFile("none", "a", NewBinary(nil), "u")
	require.ErrorIs(t, err, ErrUnknownRepo)

	tr.Remove(tr.Lookup("r", "a"))
	assert.Empty(t, tr.WithSHA256(n.Binary.SHA256))
	assert.NotNil(t, tr.Binary(n.Binary.SHA256), "the filestore forgets nothing")
	assert.Empty(t, tr.Root("r").Children())
}

func TestEqualContentsAreHeldOnce(t *testing.T) {
	t.Parallel()
	tr := tree()
	one, err := tr.PutFile("r", "b", NewBinary([]byte("x")), "u")
	require.NoError(t, err)
	two, err := tr.PutFile("r", "a", NewBinary([]byte("x")), "u")
	require.NoError(t, err)
	assert.Same(t, one.Binary, two.Binary)
	assert.Equal(t, []*Node{two, one}, tr.WithSHA256(one.Binary.SHA256), "sorted by path")
}

// Facts 4.5 and 5.6.
func TestPropertiesBelongToOneFile(t *testing.T) {
	t.Parallel()
	tr := tree()
	a, _ := tr.PutFile("r", "a", NewBinary(nil), "u")
	b, _ := tr.PutFile("r", "b", NewBinary(nil), "v")
	tr.SetProperties(a, map[string][]string{"k": {"1"}}, "u")
	tr.CopyInfo(b, a)
	tr.SetProperties(a, map[string][]string{"k": {"2"}, "l": {"3"}}, "u")
	assert.Equal(t, map[string][]string{"k": {"1"}}, b.Properties)
	assert.Equal(t, "u", b.CreatedBy)
	tr.RemoveProperties(a, []string{"k", "none"}, "w")
	assert.Equal(t, map[string][]string{"l": {"3"}}, a.Properties)
	assert.Equal(t, "w", a.ModifiedBy)
}

func TestOnlyRealChangesAreTold(t *testing.T) {
	t.Parallel()
	told := 0
	s := New(time.Now, func(context.Context) { told++ })
	require.NoError(t, s.Prepare(func(tr *Tree) error { tr.AddRepo("r"); return nil }))
	put := func(tr *Tree) error { _, err := tr.PutFile("r", "f", NewBinary(nil), "u"); return err }
	require.NoError(t, s.Prepare(put))
	assert.Zero(t, told, "preparations are nobody's business")
	require.NoError(t, s.Update(t.Context(), func(*Tree) error { return nil }))
	assert.Zero(t, told)
	require.NoError(t, s.Update(t.Context(), put))
	assert.Equal(t, 1, told)
	failed := errors.New("later")
	err := s.Update(t.Context(), func(tr *Tree) error {
		tr.Remove(tr.Lookup("r", "f"))
		return failed
	})
	require.ErrorIs(t, err, failed)
	assert.Equal(t, 2, told, "there is no roll-back, so what was done before an error is told")
}
