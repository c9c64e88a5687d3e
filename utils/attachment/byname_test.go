package attachment_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// What the folder does not show of a root's usual attachments is asked for by name, and nothing is asked for twice.
func TestByName(t *testing.T) {
	t.Parallel()
	r := newRegistry(t, true)
	root := r.image("1.0", "app")
	r.hang("", root, "sig", "A")
	r.hang("", root, "att", "A")
	usual := []string{
		reference.SuffixTag{Subject: root.Digest, Suffix: "sig"}.String(), reference.SuffixTag{
			Subject: root.Digest,
			Suffix:  "att",
		}.String(),
		reference.SuffixTag{Subject: root.Digest, Suffix: "sbom"}.String(), reference.FallbackTag(root.Digest),
	}
	for _, shown := range [][]string{nil, usual[:1], usual[1:2], usual[:2]} {
		r.calls = nil
		listing := attachment.NewListing(append([]string{"1.0"}, shown...)).AskByName()
		g, err := attachment.Discover(t.Context(), r, app(), root, listing)
		require.NoError(t, err)
		assert.Len(t, g.Attachments, 2, "what is there is found, shown or not: %v", shown)
		assert.Empty(t, g.Warnings)
		for _, tag := range usual {
			count := len(slices.DeleteFunc(slices.Clone(r.calls), func(call string) bool { return call != "manifest "+tag }))
			assert.Equal(t, 1, count, "%s, shown %v", tag, shown)
		}
	}
}

// A refusal of any of them ends the discovery.
func TestByNameMayBeRefused(t *testing.T) {
	t.Parallel()
	denied := errors.New("403")
	r := newRegistry(t, true)
	root := r.image("1.0", "app")
	listing := attachment.NewListing([]string{"1.0"}).AskByName()
	_, err := attachment.Discover(t.Context(), r, app(), root, listing)
	require.NoError(t, err)
	require.Len(t, r.calls, 5, "four tags and the list of referrers")
	for nth := range r.calls {
		r.calls, r.failAt, r.err = nil, nth+1, denied
		_, err := attachment.Discover(t.Context(), r, app(), root, listing)
		require.ErrorIs(t, err, denied)
	}
}
