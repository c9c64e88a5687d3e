package registry

import (
	"net/http"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/image"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// search is a look-up through the members of the addressed repository.
type search struct {
	// find looks into one repository.
	find func(t *storage.Tree, repo string) *storage.Node
	// path is where the item would be; a user without Read there is refused before existence is looked at (contract
	// rights-read-absent).
	path string
	// missing is the error when there is none.
	missing error
}

// read finds a file that the user may read and that Xray lets pass.
func (q *request) read(t *storage.Tree, s search) (*storage.Node, error) {
	hidden := false
	for _, key := range q.site.Stored(q.repo.Key) {
		n := s.find(t, key)
		switch {
		case n == nil && !q.user.May(access.Read, key, s.path), n != nil && !q.user.May(access.Read, key, n.Path()):
			hidden = true
		case n != nil && q.site.XrayBlocks(key, n.Path()):
			return nil, q.blocked(n)
		case n != nil:
			return n, nil
		}
	}
	if hidden && q.tellsDenial() {
		return nil, errDenied(q.user, access.Read, q.repo.Key+"/"+s.path)
	}
	return nil, s.missing
}

// tellsDenial: a virtual repository hides members that may not be read, unless Virtual403 is on; any
// repository does so under HideUnauthorized.
func (q *request) tellsDenial() bool {
	if q.repo.Class == site.Virtual {
		return q.knobs.Virtual403
	}
	return !q.knobs.HideUnauthorized
}

// blocked is the answer for a file that Xray blocks (contract xray-block).
func (q *request) blocked(n *storage.Node) error {
	if q.repo.Class == site.Virtual {
		return errManifestUnknown(n.Path())
	}
	return newError(http.StatusForbidden, "DENIED",
		"Artifact download request rejected: "+n.Path()+" was not downloaded due to the download blocking policy")
}

// readBlob finds a blob within the scope that the knobs give.
func (q *request) readBlob(t *storage.Tree, digest string) (*storage.Node, error) {
	return q.read(t, search{
		find: func(t *storage.Tree, repo string) *storage.Node {
			return image.Blob(t, repo, q.image, digest, q.sees(repo))
		},
		path:    q.image + "/_uploads/x",
		missing: errBlobUnknown(digest),
	})
}

// blobAnywhere finds a file with the content of a blob that the user may read; missing is the error when there is none.
func (q *request) blobAnywhere(t *storage.Tree, missing error) (*storage.Node, error) {
	for _, n := range t.WithSHA256(layout.Hex(q.reference)) {
		if q.user.May(access.Read, n.Repo(), n.Path()) {
			return n, nil
		}
	}
	return nil, missing
}

// sees returns which files outside the image may serve as its blobs.
func (q *request) sees(repo string) func(*storage.Node) bool {
	return func(n *storage.Node) bool {
		switch q.knobs.BlobScope {
		case knobs.SameRepository:
			return n.Repo() == repo && q.user.May(access.Read, repo, n.Path())
		case knobs.AllReadable:
			return q.user.May(access.Read, n.Repo(), n.Path())
		default:
			return false
		}
	}
}

// target is the repository that a change goes to.
func (q *request) target() (site.Repository, error) {
	r, ok := q.site.Deployable(q.repo.Key)
	if !ok {
		return r, errUnsupported("no local repository behind " + q.repo.Key)
	}
	return r, nil
}

// mayDeploy checks the user's right and the repository's patterns.
func (q *request) mayDeploy(r site.Repository, path string) error {
	if !q.user.May(access.Deploy, r.Key, path) {
		return errDenied(q.user, access.Deploy, r.Key+"/"+path)
	}
	if !r.Accepts(path) {
		return newError(http.StatusForbidden, "DENIED", "the repository's patterns reject "+path)
	}
	return nil
}
