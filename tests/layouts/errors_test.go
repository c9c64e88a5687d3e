package layouts

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// timeout is the error of a connection that does not answer.
type timeout struct{ error }

// Timeout reports that it is one.
func (timeout) Timeout() bool { return true }

// Temporary tells nothing.
func (timeout) Temporary() bool { return true }

// mishaps are the answers that are no "nothing attached".
func mishaps() map[string]func(s *stage, r *http.Request) *reply {
	all := map[string]func(s *stage, r *http.Request) *reply{
		"timeout": func(_ *stage, r *http.Request) *reply {
			return &reply{err: &url.Error{Op: r.Method, URL: r.URL.String(), Err: timeout{io.ErrNoProgress}}}
		},
		"truncated": func(s *stage, r *http.Request) *reply {
			answer := serve(s.server, r, nil)
			answer.cut = true
			return &answer
		},
		"no JSON": func(s *stage, r *http.Request) *reply {
			answer := serve(s.server, r, nil)
			answer.status, answer.body = http.StatusOK, []byte("<html>Sign in")
			return &answer
		},
	}
	for _, f := range strange404s() {
		all[f.name] = func(s *stage, r *http.Request) *reply { return f.strike(s, r, nil) }
	}
	for status, name := range map[int]string{401: "401", 403: "403", 500: "500", 503: "503", 429: "429"} {
		all[name] = func(*stage, *http.Request) *reply {
			return &reply{status: status, header: http.Header{}, body: []byte(`{"errors":[{"code":"DENIED","message":"no"}]}`)}
		}
	}
	return all
}

// reads are the reads on which it depends what is known to be attached.
func reads() map[string]*regexp.Regexp {
	return map[string]*regexp.Regexp{
		"referrers of the source":    regexp.MustCompile(`^GET .*/docker-dev/v2/team/app/referrers/`),
		"referrers of the target":    regexp.MustCompile(`^GET .*/docker-prod/v2/team/app/referrers/`),
		"fallback tag of the source": regexp.MustCompile(`^GET .*/docker-dev/v2/team/app/manifests/sha256-[0-9a-f]{64}$`),
		"fallback tag of the target": regexp.MustCompile(`^GET .*/docker-prod/v2/team/app/manifests/sha256-[0-9a-f]{64}$`),
		"suffix tag of the source":   regexp.MustCompile(`^GET .*/docker-dev/v2/team/app/manifests/sha256-[0-9a-f]{64}\.sig$`),
		"suffix tag of the target":   regexp.MustCompile(`^GET .*/docker-prod/v2/team/app/manifests/sha256-[0-9a-f]{64}\.sig$`),
		"entry of a list":            regexp.MustCompile(`^GET .*/docker-dev/v2/team/app/manifests/sha256:`),
		"blob of a record":           regexp.MustCompile(`^GET .*/docker-prod/v2/team/app/blobs/sha256:`),
		"blob of the source":         regexp.MustCompile(`^GET .*/docker-dev/v2/team/app/blobs/sha256:`),
		"folder of the source":       regexp.MustCompile(`^GET .*/api/storage/docker-dev/team/app$`),
		"folder of the target":       regexp.MustCompile(`^GET .*/api/storage/docker-prod/team/app$`),
	}
}

// TestAnErrorIsNeverNothingAttached lets each kind of read fail in each way. The promotion stops, the target tag is
// untouched, nothing is lost, and the same command finishes afterwards.
func TestAnErrorIsNeverNothingAttached(t *testing.T) {
	t.Parallel()
	for what, pattern := range reads() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for how, mishap := range mishaps() {
				if strings.HasPrefix(what, "referrers") && strings.HasPrefix(how, "404") {
					// A list that is never there, while all else is, may be that of a server without the API.
					continue
				}
				for i, m := range []mode{withAPI(), withoutAPI()} {
					if !*all && (len(what)+len(how)+i)%(2*coarse(2)) != 0 {
						// Each pair meets one of the two; make layouts tries both.
						continue
					}
					t.Run(how+" "+m.name, func(t *testing.T) { failsSafely(t, m, pattern, how, mishap) })
				}
			}
		})
	}
}

func failsSafely(t *testing.T, m mode, pattern *regexp.Regexp, how string, mishap func(*stage, *http.Request) *reply) {
	t.Helper()
	s := newStage(t, m)
	root := s.app.Single(tag, "v1")
	old := s.target.Single(tag, "old")
	rich(s, s.app, root, "alice")
	rich(s, s.target, root, "bob")
	s.fallback(s.app, root, s.app.NotationSignature(root, "alice", "application/jose+json"))
	s.fallback(s.target, root, s.target.NotationSignature(root, "bob", "application/jose+json"))
	story := s.begin(root)
	hit := 0
	s.wire.answer = func(r *http.Request, _ []byte) *reply {
		if r.Header.Get("X-Checksum-Deploy") != "" {
			// So that blobs have to pass through the client.
			return &reply{status: http.StatusNotFound, header: artifactory.Marks()}
		}
		if !pattern.MatchString(r.Method + " " + r.URL.Path) {
			return nil
		}
		hit++
		return mishap(s, r)
	}
	result := s.promote(request(true))
	require.Positive(t, hit, "no such request")
	require.Error(t, result.Err, how)
	assert.Equal(t, old.String(), s.tagged(), "the target tag")
	assert.Equal(t, story.sourceFolders, s.folders(s.app), "the source")
	assert.True(t, s.walk(s.target, append(union(story.source, story.before).known(), root)...).holds(story.before),
		"something was lost at the target")

	s.wire.reset()
	s.anew()
	story.arrived(s.promote(request(true)))
	story.left(s.bystanders()...)
}

// A server that refuses or forgets an attachment whose subject is not there yet gets the image under a staging tag
// first.
func TestAttachmentBeforeItsSubject(t *testing.T) {
	t.Parallel()
	change := map[string]func(*artifactory.Knobs){
		"refused":  func(k *artifactory.Knobs) { k.BeforeSubject = artifactory.SubjectlessRefused },
		"unlisted": func(k *artifactory.Knobs) { k.BeforeSubject = artifactory.SubjectlessUnlisted },
	}
	for name, knobs := range change {
		for _, move := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, move=%t", name, move), func(t *testing.T) {
				t.Parallel()
				s := newStage(t, withAPI())
				s.server.SetKnobs(knobs)
				root := s.app.Platforms(tag, "v1", "linux/amd64", "linux/arm64").Digest
				rich(s, s.app, root, "alice")
				s.target.Sign(s.target.Single(tag, "old"), "bob")
				story := s.begin(root)
				result := s.promote(request(move))
				story.arrived(result)
				warned(t, result, []string{"takes attachments only for an image that it has"})
				assert.NotContains(t, s.folders(s.target), stagingTag())
				story.again(move)
			})
		}
	}
}
