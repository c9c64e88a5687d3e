package layouts

import (
	"net/http"
	"net/url"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// The image and two other places have a .sig and an .att of it, all for one place at the target: each is merged into
// what is there by then, and no entry of any of them is lost.
func TestPlacesThatGoToOne(t *testing.T) {
	t.Parallel()
	for range 8 {
		for _, held := range []bool{false, true} {
			for _, move := range []bool{false, true} {
				s := newStage(t, withAPI())
				s.server.AddRepository(artifactory.Repository{Key: "docker-signatures"})
				root := s.app.Single(tag, "v1")
				s.app.Sign(root, "alice")
				s.app.Attest(root, "https://slsa.dev/provenance/v1")
				r := request(move)
				want := s.walk(s.app, root)
				for _, key := range []string{"bob", "carol"} {
					place := s.app
					place.Repo, place.Name = "docker-signatures", key
					place.Sign(root, key)
					place.Attest(root, key)
					want = union(want, s.walk(place, root))
					r.Places = append(r.Places, plan.Mapping{
						From: reference.Image{Repo: place.Repo, Path: place.Name},
						To:   r.Target.Image,
					})
				}
				if held {
					s.target.Sign(root, "dave")
					want = union(want, s.walk(s.target, root))
				}
				result := s.promote(r)
				require.NoError(t, result.Err)
				if !held {
					assert.Equal(t, http.MethodPost, s.firstAbout("/"+prod+"/"+name+"/"+fixture.SuffixTag("", root, "sig")),
						"one after another")
				}
				delete(want.types, root)
				assert.True(t, s.walk(s.target, append(want.known(), root)...).holds(want), "an entry was lost; held %t, move %t",
					held, move)
				for path := range s.server.Snapshot() {
					assert.NotRegexp(t, `(\.sig|\.att)/.*(\.sig|\.att)/`, path, "a folder was copied into itself")
				}
				require.NoError(t, s.promote(r).Err)
			}
		}
	}
}

// firstAbout returns the method of the first request that names a folder, as a registry or by its path.
func (s *stage) firstAbout(folder string) string {
	tag := path.Base(folder)
	for _, x := range s.wire.requests() {
		byTag := strings.HasSuffix(x.path, "/"+prod+"/v2/"+name+"/manifests/"+tag)
		if byTag || strings.Contains(x.query, url.QueryEscape(folder)) && !strings.Contains(x.query, "dry=1") {
			return x.method
		}
	}
	return ""
}
