package layouts

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lateCopy is a copy of a signature's folder that is answered with 504, and carried out by the server at last before a
// later request.
type lateCopy struct {
	*stage
	story  *story
	record string
	// arrived reports that it was carried out; looked that the run had looked into the record's folder before that, and
	// found nothing.
	arrived, looked bool
}

// copiedLate promotes while the copy comes before the kth request after it. meanwhile, if any, is done directly before
// that.
func copiedLate(t *testing.T, k int, meanwhile func(*stage, digest.Digest)) (l *lateCopy, warnings string) {
	t.Helper()
	s := newStage(t, withAPI())
	root := s.app.Single(tag, "v1")
	s.app.Sign(root, "alice")
	l = &lateCopy{stage: s, story: s.begin(root), record: sig(root)}
	l.story.nests = true
	var copying *http.Request
	written := false
	s.wire.answer = func(r *http.Request, _ []byte) *reply {
		if copying != nil {
			if k--; k == 0 {
				if meanwhile != nil {
					meanwhile(s, root)
				}
				require.Equal(t, http.StatusOK, serve(s.server, copying, nil).status)
				l.arrived = true
			}
			written = written || r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/"+l.record)
			l.looked = l.looked || !l.arrived && written && strings.HasSuffix(r.URL.Path,
				"/api/storage/"+s.target.String()+"/"+l.record)
			return nil
		}
		if strings.HasSuffix(r.URL.Path, "/api/copy/"+s.app.String()+"/"+l.record) {
			copying = r.Clone(context.WithoutCancel(r.Context()))
			return &reply{status: http.StatusGatewayTimeout}
		}
		return nil
	}
	result := s.promote(request(false))
	if meanwhile == nil {
		l.story.arrived(result)
	}
	require.NoError(t, result.Err)
	assert.True(t, s.walk(s.target, root).holds(l.story.source), "something is not attached any more")
	require.NotNil(t, copying, "the folder of the signature was not copied")
	return l, strings.Join(result.Warnings, "\n")
}

// nested returns the files of the folder in the record's folder.
func (l *lateCopy) nested() map[string]string {
	found := map[string]string{}
	for file, sha := range l.folders(l.target)[l.record] {
		if name, ok := strings.CutPrefix(file, l.record+"/"); ok {
			found[name] = sha
		}
	}
	return found
}

// A copy that comes after its request timed out finds the record written in another way, and goes into its folder. It
// holds what this run copied, so this run removes it, unless it comes after the last look; then an audit names it.
func TestCopyThatComesLate(t *testing.T) {
	t.Parallel()
	removed, stayed := 0, 0
	for k := 1; ; k++ {
		l, warnings := copiedLate(t, k, nil)
		if !l.arrived {
			require.Greater(t, k, 5)
			break
		}
		assert.NotContains(t, warnings, " stays", "before request %d", k)
		own := l.folders(l.target)[l.record]
		assert.NotEmpty(t, own["manifest.json"], "the record itself, before request %d", k)
		switch nested := l.nested(); {
		case !l.looked:
			assert.Empty(t, nested, "before request %d", k)
			for _, x := range l.wire.writes() {
				if x.method == http.MethodDelete && strings.HasSuffix(x.path, l.record+"/"+l.record) {
					removed++
				}
			}
		default:
			assert.Equal(t, own["manifest.json"], nested["manifest.json"])
			stayed++
		}
	}
	assert.Positive(t, removed, "the copy never came while the run could still see it")
	t.Logf("removed %d times, came after the last look %d times", removed, stayed)
}

// What a copy brings late can be another record by then, which somebody signed at the source meanwhile. It is not what
// this run copied: it stays, byte by byte, and the result names it.
func TestCopyThatComesLateWithOtherBytes(t *testing.T) {
	t.Parallel()
	named := 0
	for k := 1; ; k++ {
		var theirs string
		l, warnings := copiedLate(t, k, func(s *stage, root digest.Digest) {
			s.app.Sign(root, "alice", "bob")
			theirs = s.folders(s.app)[sig(root)]["manifest.json"]
		})
		if !l.arrived {
			break
		}
		nested := l.nested()
		if len(nested) > 0 {
			assert.Equal(t, theirs, nested["manifest.json"], "before request %d", k)
			assert.Len(t, nested, 3, "a manifest, a config and the payload of both signatures")
		}
		folder := l.target.String() + "/" + l.record + "/" + l.record
		if len(nested) > 0 && !l.looked {
			assert.Contains(t, warnings, folder+" stays", "before request %d", k)
			named++
		} else {
			assert.NotContains(t, warnings, folder, "before request %d", k)
		}
	}
	assert.Positive(t, named)
}
