package registry

import (
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/image"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// mount links a blob of another image. When that is not possible the client uploads (contract blobs-mount-within,
// blobs-mount-across).
func mount(q *request, repo site.Repository, digest, from string) (bool, error) {
	if !layout.ValidDigest(digest) {
		return false, errDigestInvalid(digest)
	}
	source, ok := q.mountSource(repo, from)
	if !ok {
		return false, nil
	}
	var found *storage.Binary
	q.site.Store.View(func(t *storage.Tree) {
		n := image.Blob(t, source.repo, source.image, digest, func(*storage.Node) bool { return false })
		if n != nil && q.user.May(access.Read, source.repo, n.Path()) {
			found = n.Binary
		}
	})
	if found == nil {
		return false, nil
	}
	return true, q.stage(repo, found)
}

type mountSource struct{ repo, image string }

// mountSource reads from, which names an image as the client knows it: with the repository key only with
// repo-path access. Without from nothing is mounted.
func (q *request) mountSource(target site.Repository, from string) (mountSource, bool) {
	if from == "" {
		return mountSource{}, false
	}
	if !q.repoPath {
		return mountSource{repo: target.Key, image: from}, true
	}
	key, name, _ := strings.Cut(from, "/")
	r, ok := q.site.Repo(key)
	if !ok || !r.Stores() || key != target.Key && !q.knobs.CrossRepoMount {
		return mountSource{}, false
	}
	return mountSource{repo: key, image: name}, true
}
