package registry

import (
	"net/http"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// blob answers /blobs/<digest>. Deleting single blobs is not offered: they belong to the tag folders (contract
// layout-image).
func blob(w http.ResponseWriter, q *request) error {
	if q.Method != http.MethodGet && q.Method != http.MethodHead {
		return errUnsupported(q.Method + " of a blob")
	}
	if !layout.ValidDigest(q.reference) {
		return newError(http.StatusBadRequest, "DIGEST_INVALID", "not a sha256 digest: "+q.reference)
	}
	var file web.File
	var err error
	q.site.Store.View(func(t *storage.Tree) {
		var n *storage.Node
		if n, err = q.readBlob(t, q.reference); err != nil && q.Method == http.MethodHead && q.knobs.HeadFindsBlobsElsewhere {
			n, err = q.blobAnywhere(t, err)
		}
		if err == nil {
			file = web.File{
				Name: layout.BlobFile(q.reference), ContentType: "application/octet-stream", Binary: n.Binary, Modified: n.Modified,
			}
		}
	})
	if err != nil {
		return err
	}
	w.Header().Set("Docker-Content-Digest", q.reference)
	web.Download(w, q.Request, file, q.knobs.RedirectDownloads)
	return nil
}
