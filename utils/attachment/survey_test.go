package attachment_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

// A survey marks what cannot be read, shows the rest, and calls nothing missing that was not looked at.
func TestSurveyMarksWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	build := func() (*registry, manifest.Manifest) {
		r := newRegistry(t, true)
		child := r.image("", "child")
		root := r.index("1.0", child)
		r.hang("", root, "sig", "A")
		r.refer(root, bundleType, "bundle")
		return r, root
	}
	r, root := build()
	whole, err := attachment.Survey(t.Context(), r, app(), root, r.listing())
	require.NoError(t, err)
	assert.Empty(t, whole.Unreadable)
	assert.Len(t, whole.Attachments, 2)
	for i := range len(r.calls) {
		r, root := build()
		r.failAt, r.err = i+1, errors.New("503")
		g, err := attachment.Survey(t.Context(), r, app(), root, r.listing())
		require.NoError(t, err, "call %d", i+1)
		require.Len(t, g.Unreadable, 1, "call %d", i+1)
		assert.Contains(t, g.Unreadable[0], "cannot be read: 503")
		assert.Empty(t, g.Warnings, "call %d", i+1)
		assert.Empty(t, g.Missing, "call %d", i+1)
	}
}

// The end of the context is no unreadable part.
func TestSurveyEndsWithItsContext(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	root := r.image("1.0", "app")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := attachment.Survey(ctx, r, app(), root, r.listing())
	assert.ErrorIs(t, err, context.Canceled)
}
