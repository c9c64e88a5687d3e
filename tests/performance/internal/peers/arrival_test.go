package peers

import (
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

func testWorld(t *testing.T, c testCase) *world {
	t.Helper()
	w, err := newWorld(c, t.TempDir())
	require.NoError(t, err)
	t.Cleanup(w.close)
	return w
}

func (w *world) arrived(t *testing.T) (image bool, attachments int) {
	t.Helper()
	image, attachments, err := judge{t.Context(), w}.look()
	require.NoError(t, err)
	return image, attachments
}

// TestTheJudgeSeesWhatIsMissing: nothing, everything, and all but one file of each kind.
func TestTheJudgeSeesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for name, noAPI := range map[string]bool{"referrers API": false, "fallback tags": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := testWorld(t, testCase{store: (*shelf).rich, situation: situation{noAPI: noAPI}})
			image, attachments := w.arrived(t)
			assert.False(t, image)
			assert.Zero(t, attachments)

			target := newShelf(fixture.New(w.double), prod)
			w.put(target)
			image, attachments = w.arrived(t)
			assert.True(t, image)
			assert.Equal(t, 8, attachments)

			w.removeBlob(t, target.tagged[0].tag)
			w.double.DeleteTag(prod, w.shelf.image.Name, target.referrers[0].digest.String())
			image, attachments = w.arrived(t)
			assert.True(t, image)
			assert.Equal(t, 6, attachments)

			w.double.DeleteTag(prod, w.shelf.image.Name, tag)
			image, attachments = w.arrived(t)
			assert.False(t, image)
			assert.Equal(t, 6, attachments)
		})
	}
}

// removeBlob removes one blob of a folder at the target.
func (w *world) removeBlob(t *testing.T, folder string) {
	t.Helper()
	prefix := path.Join(prod, w.shelf.image.Name, folder) + "/sha256__"
	for file := range w.double.Snapshot() {
		if strings.HasPrefix(file, prefix) {
			w.double.DeletePath(prod, strings.TrimPrefix(file, prod+"/"))
			return
		}
	}
	t.Fatalf("%s has no blob", folder)
}

// TestAnUnlistedReferrerHasNotArrived: no client finds it.
func TestAnUnlistedReferrerHasNotArrived(t *testing.T) {
	t.Parallel()
	w := testWorld(t, testCase{store: singleBundle, situation: situation{noAPI: true}})
	target := newShelf(fixture.New(w.double), prod)
	w.put(target)
	_, attachments := w.arrived(t)
	assert.Equal(t, 1, attachments)
	w.double.DeleteTag(prod, target.image.Name, fixture.FallbackTag(target.root))
	_, attachments = w.arrived(t)
	assert.Zero(t, attachments)
}

// TestArticle: three calls bring an image and its .sig, and nothing else.
func TestArticle(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		store    func(*shelf)
		attached int
		failed   bool
	}{{singleTag, 1, false}, {platformsBoth, 1, false}, {singleBundle, 0, true}} {
		w := testWorld(t, testCase{store: tt.store})
		err := Article(t.Context(), article(w)[0][1:])
		assert.Equal(t, tt.failed, err != nil, "%v", err)
		assert.Equal(t, 3, w.double.Stats().Requests)
		image, attachments := w.arrived(t)
		assert.True(t, image)
		assert.Equal(t, tt.attached, attachments)
	}
}
