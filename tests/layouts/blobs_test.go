package layouts

import (
	"net/http"
	"strings"
	"testing"

	"github.com/opencontainers/go-digest"
	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// rich hangs everything on an image.
func rich(s *stage, image fixture.Image, root digest.Digest, key string) {
	image.Sign(root, key)
	image.Attest(root, key)
	s.bundle(image, s.bundle(image, root, key), key)
	s.attached(image, root, image.IndexReferrer(root, "application/vnd.example.soci",
		image.SubjectlessBundle(key+"'s index")), image.OCIArtifact(root, "application/vnd.example.old", key))
}

// Every way in which the bytes of attachments can come to the target. Those of the image never pass through the client.
func TestBlobWays(t *testing.T) {
	t.Parallel()
	refuseChecksums := func(s *stage) {
		s.server.AddFault(artifactory.Fault{
			Match:  artifactory.Match{Method: http.MethodPut, Path: "__[0-9a-f]{64}$"},
			Status: http.StatusNotFound, Body: "{}", Header: artifactory.Marks(),
		})
	}
	scope := func(scope artifactory.Knobs) func(s *stage) {
		return func(s *stage) {
			s.server.SetKnobs(func(k *artifactory.Knobs) {
				k.BlobScope, k.CrossRepoMount = scope.BlobScope,
					scope.CrossRepoMount
			})
		}
	}
	var sameRepository, all artifactory.Knobs
	sameRepository.BlobScope, all.BlobScope = artifactory.SameRepository, artifactory.AllReadable
	tests := map[string]struct {
		prepare func(s *stage)
		// uploads reports that bytes of attachments have to pass through the client.
		uploads bool
	}{
		"checksum deploy":             {prepare: func(*stage) {}},
		"checksum deploy is refused":  {prepare: refuseChecksums, uploads: true},
		"checksum deploy needs read":  {prepare: func(s *stage) { s.server.SetKnobs(func(k *artifactory.Knobs) { k.ChecksumDeployNeedsRead = true }) }},
		"blobs of the repository":     {prepare: scope(sameRepository)},
		"blobs of all repositories":   {prepare: scope(all)},
		"linked blobs are not seen":   {prepare: func(s *stage) { refuseOnce(s) }, uploads: true},
		"redirected to other storage": {prepare: func(s *stage) { s.server.SetKnobs(func(k *artifactory.Knobs) { k.RedirectDownloads = true }) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, m := range []mode{withAPI(), withoutAPI()} {
				s := newStage(t, m)
				root := s.app.Single(tag, "v1")
				rich(s, s.app, root, "alice")
				rich(s, s.target, root, "bob")
				story := s.begin(root)
				tt.prepare(s)
				result := s.promote(request(true))
				s.server.ClearFaults()
				story.arrived(result)
				story.left(s.bystanders()...)
				assert.Equal(t, tt.uploads, s.blobsSent() > 1, "%d bytes", s.blobsSent())
			}
		})
	}
}

// refuseOnce makes the registry refuse each referrer's manifest once, as one does that does not see what was linked
// beside it.
func refuseOnce(s *stage) {
	refused := map[string]bool{}
	s.wire.answer = func(r *http.Request, _ []byte) *reply {
		if r.Method != http.MethodPut || !strings.Contains(r.URL.Path, "/manifests/sha256:") || refused[r.URL.Path] {
			return nil
		}
		refused[r.URL.Path] = true
		return &reply{status: http.StatusBadRequest, header: http.Header{}, body: []byte(`{"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown"}]}`)}
	}
}

// blobsSent counts the uploads of blobs that were not made by the merge of a record, which writes a new config.
func (s *stage) blobsSent() int {
	sent := 0
	for _, x := range s.wire.requests() {
		if strings.Contains(x.path, "/blobs/uploads/") && len(x.sent) > 0 && !strings.HasPrefix(string(x.sent), `{"architecture`) {
			sent += len(x.sent)
		}
	}
	return sent
}

// Within one repository the registry links blobs by a mount.
func TestMountWithinARepository(t *testing.T) {
	t.Parallel()
	for _, m := range modes() {
		s := newStage(t, m)
		s.target.Repo, s.target.Name = dev, "released/app"
		root := s.app.Single(tag, "v1")
		rich(s, s.app, root, "alice")
		story := s.begin(root)
		r := request(false)
		r.Target.Repo, r.Target.Path = dev, "released/app"
		story.arrived(s.promote(r))
		assert.Zero(t, s.blobsSent())
	}
}
