package layouts

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// listWithout answers file lists of the source image without the files in some folders, so many times.
func (s *stage) listWithout(times int, left func(folder string) bool) {
	s.wire.answer = func(r *http.Request, body []byte) *reply {
		if _, isList := r.URL.Query()["list"]; !isList || !strings.HasSuffix(r.URL.Path,
			"/api/storage/"+dev+"/"+name) || times == 0 {
			return nil
		}
		times--
		answer := serve(s.server, r, body)
		var list map[string]any
		require.NoError(s.t, json.Unmarshal(answer.body, &list))
		kept := []any{}
		for _, file := range list["files"].([]any) {
			if !left(strings.Split(file.(map[string]any)["uri"].(string), "/")[1]) {
				kept = append(kept, file)
			}
		}
		list["files"] = kept
		answer.body, _ = json.Marshal(list)
		answer.header.Del("Content-Length")
		return &answer
	}
}

// A list of files that leaves something out proves nothing: not that it was deleted, nor that nobody needs what it
// lists.
func TestAFileListThatIsNotWhole(t *testing.T) {
	t.Parallel()
	lists := map[string]func(folder string) bool{
		"an empty one":             func(string) bool { return true },
		"without the tag":          func(folder string) bool { return folder == tag },
		"without another tag":      func(folder string) bool { return folder == "shares" },
		"without the signature":    func(folder string) bool { return strings.HasSuffix(folder, ".sig") },
		"without the other images": func(folder string) bool { return folder != tag && !strings.HasPrefix(folder, "sha256") },
	}
	for what, left := range lists {
		for _, times := range []int{1, -1} {
			t.Run(what, func(t *testing.T) {
				t.Parallel()
				s := newStage(t, withAPI())
				index := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64")
				s.app.Join("shares", index.Children[0])
				for _, d := range append(index.Children, index.Digest) {
					s.app.Sign(d, "alice")
				}
				story := s.begin(index.Digest)
				s.listWithout(times, left)
				result := s.promote(request(true))
				story.safe()
				assert.Contains(t, s.folders(s.app), "shares")
				shared := s.walk(s.app, index.Children[0])
				assert.NotEmpty(t, shared.known(), "what another tag needs was deleted")
				if result.Err == nil {
					assert.NotContains(t, s.folders(s.app), tag, "the move says that the tag is gone")
				} else {
					assert.ErrorContains(t, result.Err, "lacks")
				}
				s.wire.reset()
				require.NoError(t, s.promote(request(true)).Err)
				assert.NotContains(t, s.folders(s.app), tag)
			})
		}
	}
}
