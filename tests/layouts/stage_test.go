package layouts

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
	rest "github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/registry"
	"github.com/signed-promote/signed-promote/utils/remote"
	"github.com/signed-promote/signed-promote/utils/transport"
)

// Where everything happens.
const (
	dev  = "docker-dev"
	prod = "docker-prod"
	name = "team/app"
	tag  = "1.0"
)

// stage is a double with a source and a target image, and the plugin on a wire to it.
type stage struct {
	t           *testing.T
	mode        mode
	server      *artifactory.Server
	wire        *wire
	app, target fixture.Image
	engine      *promotion.Promoter
	// writer is the tool that keeps the fallback tags.
	writer fixture.Writer
	listed map[string][]digest.Digest
	// below are the files of the images whose path leads through the tag under test, at both sides, with their content:
	// nobody may touch them. inside are the names of their folders.
	below  map[string]string
	inside map[string]bool
	// longest is the longest wait that the plugin asked for, in nanoseconds; no wait is really waited for.
	longest atomic.Int64
}

// newStage sets up a server of a kind, with an image beside the one under test and one below its tag, which nothing may
// touch.
func newStage(t *testing.T, m mode) *stage {
	t.Helper()
	server := artifactory.NewServer(
		artifactory.WithRepository(artifactory.Repository{Key: dev}),
		artifactory.WithRepository(artifactory.Repository{Key: prod}),
		artifactory.WithUser(artifactory.User{Name: "ci", Password: "secret", Admin: true}),
		artifactory.WithKnobs(m.knobs),
	)
	server.SetURL("http://artifactory.test:8081")
	f := fixture.New(server)
	s := &stage{
		t: t, mode: m, server: server, wire: &wire{server: server}, listed: map[string][]digest.Digest{},
		app: f.Image(dev, name), target: f.Image(prod, name),
	}
	s.anew()
	s.app.Sign(s.app.Single("other", "other"), "alice")
	s.target.Sign(s.target.Single("other", "another"), "bob")
	s.nest(f)
	return s
}

// anew builds the plugin as another run does, which knows nothing of what the one before was told.
func (s *stage) anew() { s.connect(transport.Options{Retry: transport.Retry{Attempts: -1}}) }

// nest stores images whose path leads through the tag under test, so that they share its folder, and watches them.
func (s *stage) nest(f *fixture.Fixture) {
	below, beneath := f.Image(dev, name+"/"+tag), f.Image(prod, name+"/"+tag)
	below.Sign(below.Single("below", "an image below the tag"), "alice")
	beneath.Sign(beneath.Single("beneath", "another image below the tag"), "bob")
	s.below, s.inside = map[string]string{}, map[string]bool{}
	for path, sha := range s.server.Snapshot() {
		for _, image := range []fixture.Image{below, beneath} {
			if rest, ok := strings.CutPrefix(path, image.String()+"/"); ok {
				s.below[path] = sha
				s.inside[strings.Split(rest, "/")[0]] = true
			}
		}
	}
	s.server.OnChange(func() {
		// A PUT takes nothing away; if it did, the next change would tell.
		if !strings.HasPrefix(s.wire.now, http.MethodPut+" ") {
			s.untouched()
		}
	})
}

// untouched asserts that the images below the tag are as they were.
func (s *stage) untouched() {
	s.t.Helper()
	now := s.server.Snapshot()
	for path, sha := range s.below {
		if now[path] != sha {
			s.t.Errorf("%s, of an image below the tag, was touched by %s", path, s.wire.now)
			return
		}
	}
}

// basic authenticates as a user of the stage.
type basic struct{ user string }

// Authorize sets the credentials.
func (b basic) Authorize(r *http.Request) error {
	r.SetBasicAuth(b.user, "secret")
	return nil
}

// newPatientStage is newStage with a plugin that repeats reads, and waits a little for answers.
func newPatientStage(t *testing.T, m mode) *stage {
	t.Helper()
	s := newStage(t, m)
	s.connect(transport.Options{Retry: transport.Retry{Attempts: 2}, ReadTimeout: silence, WriteTimeout: silence})
	return s
}

// silence is how long a patient plugin waits for an answer that does not come. Nothing else on the wire takes so long.
const silence = 250 * time.Millisecond

// connect builds the plugin as a run of a command does. Without another Authorizer it runs as the user ci, who may do
// everything.
func (s *stage) connect(o transport.Options) {
	base, err := url.Parse(s.server.URL())
	require.NoError(s.t, err)
	if o.Auth == nil {
		o.Auth = basic{"ci"}
	}
	o.Server, o.Base, o.Sleep = base, s.wire, s.sleep
	client := transport.New(o).Client()
	calls, images := rest.New(base, client), registry.New(base, client)
	s.engine = &promotion.Promoter{
		Server: remote.Server{
			Reader: remote.Reader{Registry: images, Catalog: calls, Blobs: images},
			Mover:  calls, Checker: calls, Annotator: calls, Pusher: images, Linker: calls, Attempts: 2, Sleep: s.sleep,
		},
	}
}

// sleep notes a wait and does not wait.
func (s *stage) sleep(ctx context.Context, d time.Duration) error {
	for longest := s.longest.Load(); int64(d) > longest && !s.longest.CompareAndSwap(longest, int64(d)); {
		longest = s.longest.Load()
	}
	return ctx.Err()
}

// grants makes the plugin run as a user who may do only what is given.
func (s *stage) grants(grants ...artifactory.Grant) {
	s.server.AddUser(artifactory.User{Name: "limited", Password: "secret", Grants: grants})
	s.connect(transport.Options{Auth: basic{"limited"}, Retry: transport.Retry{Attempts: -1}})
}

// attached says that a tool attached referrers, whose entries it puts into the fallback tag where it sees no API.
func (s *stage) attached(image fixture.Image, subject digest.Digest, referrers ...digest.Digest) {
	if s.mode.fallback {
		s.fallback(image, subject, referrers...)
	}
}

// fallback adds entries to a fallback tag.
func (s *stage) fallback(image fixture.Image, subject digest.Digest, referrers ...digest.Digest) digest.Digest {
	key := image.String() + "@" + subject.String()
	s.listed[key] = append(s.listed[key], referrers...)
	return image.FallbackBy(s.writer, subject, s.listed[key]...)
}

// bundle attaches a sigstore bundle that is a signature.
func (s *stage) bundle(image fixture.Image, subject digest.Digest, key string) digest.Digest {
	d := image.Bundle(subject, "https://sigstore.dev/cosign/sign/v1", key)
	s.attached(image, subject, d)
	return d
}

// request asks for the image under test.
func request(move bool) plan.Request {
	return plan.Request{
		Source: reference.Reference{Image: reference.Image{Repo: dev, Path: name}, Tag: tag},
		Target: reference.Reference{Image: reference.Image{Repo: prod, Path: name}, Tag: tag},
		Move:   move, AllowUnsigned: true, OnConflict: plan.OnConflictMerge,
	}
}

// promote runs the plugin once.
func (s *stage) promote(r plan.Request) *promotion.Result {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	summary, err := s.engine.Run(ctx, r, 1)
	require.NoError(s.t, err)
	require.Len(s.t, summary.Results, 1)
	return summary.Results[0]
}

// folders returns the names of an image's folders in a repository, with what each holds of its own.
func (s *stage) folders(image fixture.Image) map[string]map[string]string {
	found := map[string]map[string]string{}
	for path, sha := range s.server.Snapshot() {
		rest, ok := strings.CutPrefix(path, image.String()+"/")
		folder, file, nested := strings.Cut(rest, "/")
		if first, _, deeper := strings.Cut(file, "/"); !ok || !nested || deeper && s.inside[first] {
			continue
		}
		if found[folder] == nil {
			found[folder] = map[string]string{}
		}
		found[folder][file] = sha
	}
	return found
}

// tagged returns the digest that the target tag shows.
func (s *stage) tagged() string {
	w := &walker{stage: s, image: s.target}
	m, _ := w.manifest(tag)
	return m.digest.String()
}

// content returns the bytes of a file of the double.
func (s *stage) content(path string) []byte {
	body, ok := s.server.Content(s.server.Snapshot()[path])
	require.True(s.t, ok, path)
	return body
}

// annotate sets properties on the manifest file of the image under test.
func (s *stage) annotate(image fixture.Image, properties map[string][]string) {
	for _, file := range s.manifestFiles(image, tag) {
		s.server.Annotate(image.Repo, image.Name+"/"+tag+"/"+file, properties)
	}
}

// manifestFiles names the manifest files in a folder.
func (s *stage) manifestFiles(image fixture.Image, folder string) []string {
	var names []string
	for file := range s.folders(image)[folder] {
		if strings.HasSuffix(file, "manifest.json") {
			names = append(names, file)
		}
	}
	return names
}

// servedFile returns the path of the manifest file that is served for a tag: of two the list.
func (s *stage) servedFile(image fixture.Image, tag string) string {
	folder := image.String() + "/" + tag + "/"
	if files := s.manifestFiles(image, tag); slices.Contains(files, "list.manifest.json") {
		return folder + "list.manifest.json"
	}
	return folder + "manifest.json"
}
