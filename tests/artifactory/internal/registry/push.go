package registry

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/image"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// putManifest stores a manifest under a tag or its digest.
func putManifest(w http.ResponseWriter, q *request) error {
	repo, err := q.target()
	if err != nil {
		return err
	}
	m, err := q.readPushed(repo)
	if err != nil {
		return err
	}
	if err := q.site.Store.Update(q.Context(), func(t *storage.Tree) error { return q.push(t, repo, m) }); err != nil {
		return err
	}
	q.site.NoteLayers(m.Document.ImageLayers(m.Folder))
	w.Header().Set("Location", q.base+"/"+q.image+"/manifests/"+m.Digest())
	w.Header().Set("Docker-Content-Digest", m.Digest())
	if m.Document.Subject != nil && q.knobs.SubjectHeader && q.listsReferrers(repo.Key) {
		w.Header().Set("OCI-Subject", m.Document.Subject.Digest.String())
	}
	w.WriteHeader(http.StatusCreated)
	return nil
}

// readPushed reads and checks the manifest of the request, without looking at what is stored.
func (q *request) readPushed(repo site.Repository) (image.Manifest, error) {
	m := image.Manifest{
		Repo: repo.Key, Image: q.image, Folder: q.reference, User: q.user.Name, Strict: q.knobs.StrictTagOverwrite,
	}
	raw, err := io.ReadAll(q.Body)
	if err != nil {
		return m, err
	}
	mediaType, _, _ := strings.Cut(q.Header.Get("Content-Type"), ";")
	m.MediaType, m.Content = strings.TrimSpace(mediaType), storage.NewBinary(raw)
	if m.Document, err = layout.Parse(m.MediaType, raw); err != nil {
		return m, errManifestInvalid(err.Error())
	}
	if layout.ValidDigest(q.reference) && m.Digest() != q.reference {
		return m, errDigestInvalid(q.reference)
	}
	return m, nil
}

func (q *request) push(t *storage.Tree, repo site.Repository, m image.Manifest) error {
	if err := q.mayPush(t, repo, m); err != nil {
		return err
	}
	if err := q.checkContent(t, m); err != nil {
		return err
	}
	var err error
	if m.Indexed, err = q.checkSubject(t, m); err != nil {
		return err
	}
	locate := func(digest string) *storage.Node { return q.visible(t, repo.Key, digest) }
	if q.knobs.PutLeavesBlobs {
		locate = func(string) *storage.Node { return nil }
	}
	if _, err := image.Put(t, m, locate); err != nil {
		return err
	}
	if m.Indexed && q.knobs.ReferrersFile {
		if err := image.PutReferrersFile(t, m); err != nil {
			return err
		}
	}
	image.Evict(t, t.Lookup(repo.Key, q.image), repo.MaxUniqueTags, q.knobs.EvictionSparesSignatures)
	return nil
}

func (q *request) mayPush(t *storage.Tree, repo site.Repository, m image.Manifest) error {
	if err := q.mayDeploy(repo, m.Path()); err != nil {
		return err
	}
	if t.Lookup(repo.Key, m.Path()) != nil && !q.user.May(access.Delete, repo.Key, m.Path()) {
		return errManifestInvalid(fmt.Sprintf("HTTP/1.1 403 Forbidden: user %s needs DELETE permission for %s/%s",
			q.user.Name, repo.Key, m.Path()))
	}
	return nil
}

// visible finds a blob that a manifest may use.
func (q *request) visible(t *storage.Tree, repo, digest string) *storage.Node {
	return image.Blob(t, repo, q.image, digest, q.sees(repo))
}

// checkContent refuses manifests whose blobs or children are not there.
func (q *request) checkContent(t *storage.Tree, m image.Manifest) error {
	if !q.knobs.BlobsBeforeManifest {
		return nil
	}
	for _, d := range m.Document.Content() {
		if !layout.IsForeign(d) && q.visible(t, m.Repo, d.Digest.String()) == nil {
			return newError(http.StatusBadRequest, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry: "+d.Digest.String())
		}
	}
	for _, d := range m.Document.Manifests {
		if image.Find(t, m.Repo, q.image, d.Digest.String()) == nil {
			return errManifestUnknown(d.Digest.String())
		}
	}
	return nil
}

// checkSubject says whether the manifest enters the referrers index, or must wait for its subject.
func (q *request) checkSubject(t *storage.Tree, m image.Manifest) (indexed bool, err error) {
	if m.Document.Subject == nil {
		return false, nil
	}
	subject := m.Document.Subject.Digest.String()
	present := image.Find(t, m.Repo, q.image, subject) != nil
	if !present && q.knobs.BeforeSubject == knobs.SubjectlessRefused {
		return false, errManifestUnknown(subject)
	}
	listed := present || q.knobs.BeforeSubject == knobs.SubjectlessAccepted
	return listed && q.listsReferrers(m.Repo), nil
}
