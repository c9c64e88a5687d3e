package registry

import (
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/image"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// manifest answers /manifests/<reference>.
func manifest(w http.ResponseWriter, q *request) error {
	if !layout.ValidDigest(q.reference) && !layout.ValidTag(q.reference) {
		return newError(http.StatusBadRequest, "MANIFEST_INVALID", "neither a tag nor a sha256 digest: "+q.reference)
	}
	switch q.Method {
	case http.MethodGet, http.MethodHead:
		return getManifest(w, q)
	case http.MethodPut:
		return putManifest(w, q)
	case http.MethodDelete:
		return deleteManifest(w, q)
	default:
		return errUnsupported(q.Method)
	}
}

func getManifest(w http.ResponseWriter, q *request) error {
	var file web.File
	var err error
	q.site.Store.View(func(t *storage.Tree) {
		var n *storage.Node
		if n, err = q.readManifest(t); err == nil {
			file = web.File{Name: n.Name, ContentType: image.Type(n), Binary: n.Binary, Modified: n.Modified}
		}
	})
	if err != nil {
		return err
	}
	if q.knobs.StrictAccept && !accepts(q.Header.Values("Accept"), file.ContentType) {
		return errManifestUnknown(q.reference + " is of type " + file.ContentType)
	}
	w.Header().Set("Docker-Content-Digest", "sha256:"+file.Binary.SHA256)
	web.Download(w, q.Request, file, false)
	return nil
}

func (q *request) readManifest(t *storage.Tree) (*storage.Node, error) {
	return q.read(t, search{
		find: func(t *storage.Tree, repo string) *storage.Node {
			return image.Find(t, repo, q.image, q.reference)
		},
		path:    q.image + "/" + q.reference + "/" + layout.Manifest,
		missing: errManifestUnknown(q.reference),
	})
}

// accepts reports whether one of the Accept headers lets a media type pass; none at all lets everything pass.
func accepts(headers []string, mediaType string) bool {
	for _, h := range headers {
		for part := range strings.SplitSeq(h, ",") {
			offered, _, _ := strings.Cut(part, ";")
			switch strings.TrimSpace(offered) {
			case mediaType, "*/*", "application/*":
				return true
			}
		}
	}
	return len(headers) == 0
}

// deleteManifest deletes the folder of a tag, or every folder of the image that holds the digest.
func deleteManifest(w http.ResponseWriter, q *request) error {
	repo, err := q.target()
	if err != nil {
		return err
	}
	err = q.site.Store.Update(q.Context(), func(t *storage.Tree) error {
		victims := foldersOf(t, repo.Key, q.image, q.reference)
		for _, n := range victims {
			if !q.user.May(access.Delete, repo.Key, n.Path()) {
				return errDenied(q.user, access.Delete, repo.Key+"/"+n.Path())
			}
		}
		if len(victims) == 0 {
			return errManifestUnknown(q.reference)
		}
		for _, n := range victims {
			t.Remove(n)
		}
		return nil
	})
	if err == nil {
		w.WriteHeader(http.StatusAccepted)
	}
	return err
}

func foldersOf(t *storage.Tree, repo, name, reference string) []*storage.Node {
	var out []*storage.Node
	if layout.ValidDigest(reference) {
		for _, n := range image.AllByDigest(t, repo, name, reference) {
			out = append(out, n.Parent())
		}
	} else if n := image.Find(t, repo, name, reference); n != nil {
		out = append(out, n.Parent())
	}
	return out
}
