package rest

import (
	"io"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/image"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/traffic"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

const typeItemCreated = "application/vnd.org.jfrog.artifactory.storage.ItemCreated+json"

// deploy answers PUT of a file, of a checksum, or of a folder (trailing slash).
func deploy(w http.ResponseWriter, q *request) error {
	repo, ok := q.site.Deployable(q.repo)
	switch name := path.Base(q.path); {
	case !ok:
		return methodNotAllowed(q.Request)
	case q.path == "" && !q.trailingSlash:
		return fail(http.StatusBadRequest, "A repository is no file: %s", q.repo)
	case strings.HasSuffix(name, ":properties") || strings.HasSuffix(name, ":statistics"):
		return fail(http.StatusConflict, "Old metadata notation is not supported anymore: %s", q.path)
	case slices.Contains([]string{".sha1", ".sha256", ".sha512", ".md5"}, path.Ext(name)):
		w.WriteHeader(http.StatusCreated) // belongs to the file that it names; it is no content
		return nil
	case !q.user.May(access.Deploy, repo.Key, q.path):
		return q.denied(access.Deploy, repo.Key, q.path)
	case !repo.Accepts(q.path):
		return fail(http.StatusForbidden, "The repository '%s' rejected the artifact '%s' due to its include/exclude patterns.", repo.Key, q.path)
	}
	if q.trailingSlash {
		return q.deployFolder(w, repo)
	}
	return q.deployFile(w, repo)
}

func (q *request) deployFolder(w http.ResponseWriter, repo site.Repository) error {
	var created info
	err := q.site.Store.Update(q.Context(), func(t *storage.Tree) error {
		n, err := t.MakeFolder(repo.Key, q.path, q.user.Name)
		if err != nil {
			return fail(http.StatusBadRequest, "%v", err)
		}
		t.SetProperties(n, q.matrix, q.user.Name)
		created = q.info(n)
		return nil
	})
	if err == nil {
		web.JSON(w, http.StatusCreated, typeItemCreated, created)
	}
	return err
}

func (q *request) deployFile(w http.ResponseWriter, repo site.Repository) error {
	binary, err := q.uploaded()
	if err != nil {
		return err
	}
	var created info
	err = q.site.Store.Update(q.Context(), func(t *storage.Tree) error {
		if t.Lookup(repo.Key, q.path) != nil && !q.user.May(access.Delete, repo.Key, q.path) {
			return q.denied(access.Delete, repo.Key, q.path)
		}
		n, err := t.PutFile(repo.Key, q.path, binary, q.user.Name)
		if err != nil {
			return fail(http.StatusBadRequest, "%v", err)
		}
		n.Original = q.claimed()
		t.SetProperties(n, q.matrix, q.user.Name)
		if layout.IsManifestFile(n.Name) {
			q.noteLayers(n)
		}
		created = q.info(n)
		return nil
	})
	if err == nil {
		web.JSON(w, http.StatusCreated, typeItemCreated, created)
	}
	return err
}

// noteLayers reports the statistics which blobs are layers when a manifest comes by this way.
func (q *request) noteLayers(n *storage.Node) {
	if d, err := image.Read(n); err == nil {
		q.site.NoteLayers(d.ImageLayers(n.Parent().Name))
	}
}

// claimed are the checksums that the client sent.
func (q *request) claimed() storage.Checksums {
	return storage.Checksums{
		SHA256: strings.ToLower(q.Header.Get("X-Checksum-Sha256")),
		SHA1:   strings.ToLower(q.Header.Get("X-Checksum-Sha1")),
		MD5:    strings.ToLower(q.Header.Get("X-Checksum-Md5")),
	}
}

// uploaded takes the content from the body, or for a checksum deploy from the filestore.
func (q *request) uploaded() (*storage.Binary, error) {
	if strings.EqualFold(q.Header.Get("X-Checksum-Deploy"), "true") {
		if status := q.knobs.ChecksumDeployStatus; status != 0 {
			return nil, fail(status, "Checksum deploy is not possible: %s", q.path)
		}
		return q.byChecksum()
	}
	raw, err := io.ReadAll(q.Body)
	if err != nil {
		return nil, err
	}
	b := storage.NewBinary(raw)
	traffic.BlobUp(q.Context(), b.SHA256, b.Size())
	c := q.claimed()
	if differs(c.SHA256, b.SHA256) || differs(c.SHA1, b.SHA1) || differs(c.MD5, b.MD5) {
		return nil, fail(http.StatusConflict, "Checksum error for '%s': the uploaded content has sha256 %s", q.path, b.SHA256)
	}
	return b, nil
}

func differs(claimed, computed string) bool { return claimed != "" && claimed != computed }

// byChecksum finds the content of a checksum deploy; not finding it is a 404, and no error (contract checksum-unknown).
func (q *request) byChecksum() (*storage.Binary, error) {
	var found *storage.Binary
	c := q.claimed()
	q.site.Store.View(func(t *storage.Tree) {
		if found = t.Binary(c.SHA256); found == nil {
			found = t.BinaryBySHA1(c.SHA1)
		}
		if found != nil && q.knobs.ChecksumDeployNeedsRead && !slices.ContainsFunc(t.WithSHA256(found.SHA256), q.sees) {
			found = nil
		}
	})
	if found == nil {
		return nil, fail(http.StatusNotFound, "Checksum values not found. Unable to deploy by checksum.")
	}
	return found, nil
}
