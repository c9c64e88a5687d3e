package registry

import (
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/traffic"
)

// upload answers /blobs/uploads/ and the uploads below it.
func upload(w http.ResponseWriter, q *request) error {
	repo, err := q.target()
	if err != nil {
		return err
	}
	if err := q.mayDeploy(repo, q.image+"/"+layout.Uploads+"/x"); err != nil {
		return err
	}
	if q.reference == "" {
		return startUpload(w, q, repo)
	}
	s := q.uploads.get(q.reference, repo.Key+"/"+q.image)
	if s == nil {
		return newError(http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch q.Method {
	case http.MethodGet:
		q.progress(w, s, http.StatusNoContent)
		return nil
	case http.MethodPatch:
		return appendChunk(w, q, s)
	case http.MethodPut:
		return finishUpload(w, q, repo, s)
	case http.MethodDelete:
		q.uploads.end(s.id)
		w.WriteHeader(http.StatusNoContent)
		return nil
	default:
		return errUnsupported(q.Method)
	}
}

// startUpload opens a session, mounts a blob, or takes the whole blob at once (digest in the query).
func startUpload(w http.ResponseWriter, q *request, repo site.Repository) error {
	if q.Method != http.MethodPost {
		return errUnsupported(q.Method)
	}
	query := q.URL.Query()
	if digest := query.Get("mount"); digest != "" {
		mounted, err := mount(q, repo, digest, query.Get("from"))
		if err != nil {
			return err
		}
		if mounted {
			q.created(w, digest)
			return nil
		}
	}
	s := q.uploads.start(repo.Key + "/" + q.image)
	s.mu.Lock()
	defer s.mu.Unlock()
	if query.Get("digest") != "" {
		return finishUpload(w, q, repo, s)
	}
	q.progress(w, s, http.StatusAccepted)
	return nil
}

// appendChunk adds the body to the upload; with Content-Range it must begin where the last one ended.
func appendChunk(w http.ResponseWriter, q *request, s *session) error {
	if err := q.inOrder(w, s); err != nil {
		return err
	}
	if _, err := io.Copy(&s.data, q.Body); err != nil {
		return err
	}
	q.progress(w, s, http.StatusAccepted)
	return nil
}

func (q *request) inOrder(w http.ResponseWriter, s *session) error {
	header := q.Header.Get("Content-Range")
	if header == "" {
		return nil
	}
	var first, last int
	if _, err := fmt.Sscanf(header, "%d-%d", &first, &last); err != nil || first != s.data.Len() || last < first-1 {
		w.Header().Set("Range", received(s))
		return newError(http.StatusRequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID", "chunk out of order: "+header)
	}
	return nil
}

// finishUpload takes what is left of the blob, checks the digest and keeps the blob until a manifest uses it.
func finishUpload(w http.ResponseWriter, q *request, repo site.Repository, s *session) error {
	digest := q.URL.Query().Get("digest")
	if !layout.ValidDigest(digest) {
		return newError(http.StatusBadRequest, "DIGEST_INVALID", "not a sha256 digest: "+digest)
	}
	if err := q.inOrder(w, s); err != nil {
		return err
	}
	if _, err := io.Copy(&s.data, q.Body); err != nil {
		return err
	}
	q.uploads.end(s.id)
	b := storage.NewBinary(s.data.Bytes())
	traffic.BlobUp(q.Context(), b.SHA256, b.Size())
	if "sha256:"+b.SHA256 != digest {
		return errDigestInvalid(digest)
	}
	if err := q.stage(repo, b); err != nil {
		return err
	}
	q.created(w, digest)
	return nil
}

// stage keeps a blob in the image's _uploads folder.
func (q *request) stage(repo site.Repository, b *storage.Binary) error {
	return q.site.Store.Update(q.Context(), func(t *storage.Tree) error {
		path := q.image + "/" + layout.Uploads + "/" + layout.BlobFile("sha256:"+b.SHA256)
		_, err := t.PutFile(repo.Key, path, b, q.user.Name)
		return err
	})
}

func (q *request) created(w http.ResponseWriter, digest string) {
	w.Header().Set("Location", q.base+"/"+q.image+"/blobs/"+digest)
	w.Header().Set("Docker-Content-Digest", digest)
	w.WriteHeader(http.StatusCreated)
}

func (q *request) progress(w http.ResponseWriter, s *session, status int) {
	w.Header().Set("Location", q.base+"/"+q.image+"/blobs/uploads/"+s.id)
	w.Header().Set("Docker-Upload-Uuid", s.id)
	w.Header().Set("Range", received(s))
	w.WriteHeader(status)
}

// received is the value of Range; of an empty upload it is 0-0, as the reference registry says.
func received(s *session) string { return "0-" + strconv.Itoa(max(0, s.data.Len()-1)) }
