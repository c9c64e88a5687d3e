package artifactory

import (
	"errors"
	"fmt"
	"path"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/image"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// fixtureUser is who files that come without a request belong to.
const fixtureUser = "fixture"

// PutManifest stores a manifest under a tag or its digest, without a request and without any check, as a push would:
// with its blobs beside it as far as the server has them anywhere, and with the docker properties. A manifest with a
// subject enters the referrers index. It returns the digest, and panics on what is no manifest or no repository.
func (s *Server) PutManifest(repo, name, reference, mediaType string, content []byte) string {
	document, err := layout.Parse(mediaType, content)
	if err != nil {
		panic(err)
	}
	m := image.Manifest{
		Repo: repo, Image: name, Folder: reference, MediaType: mediaType, Content: storage.NewBinary(content),
		Document: document, Indexed: document.Subject != nil, User: fixtureUser,
	}
	s.fixture(func(t *storage.Tree) error {
		_, err := image.Put(t, m, func(digest string) *storage.Node { return anywhere(t, digest) })
		return err
	})
	s.site.NoteLayers(document.ImageLayers(reference))
	return m.Digest()
}

// anywhere finds a blob in the filestore, where the content of every file is.
func anywhere(t *storage.Tree, digest string) *storage.Node {
	if b := t.Binary(layout.Hex(digest)); b != nil {
		return &storage.Node{Binary: b}
	}
	return nil
}

// PutBlob stores a blob for manifests of the image to come, and returns its digest.
func (s *Server) PutBlob(repo, name string, content []byte) string {
	b := storage.NewBinary(content)
	digest := "sha256:" + b.SHA256
	s.PutFile(repo, path.Join(name, layout.Uploads, layout.BlobFile(digest)), content, nil)
	return digest
}

// PutFile stores any file with its properties, and returns its sha256.
func (s *Server) PutFile(repo, name string, content []byte, properties map[string][]string) string {
	b := storage.NewBinary(content)
	s.fixture(func(t *storage.Tree) error {
		n, err := t.PutFile(repo, name, b, fixtureUser)
		if err == nil {
			t.SetProperties(n, properties, fixtureUser)
		}
		return err
	})
	return b.SHA256
}

// Annotate sets properties of a file or folder that is there, and keeps its others.
func (s *Server) Annotate(repo, name string, properties map[string][]string) {
	s.fixture(func(t *storage.Tree) error {
		n := t.Lookup(repo, name)
		if n == nil {
			return fmt.Errorf("there is no %s/%s", repo, name)
		}
		t.SetProperties(n, properties, fixtureUser)
		return nil
	})
}

// DeleteTag removes what a tag, or a digest (sha256:<hex>), keeps in its folder, if it is there. An image below it
// stays.
func (s *Server) DeleteTag(repo, name, tag string) {
	s.fixture(func(t *storage.Tree) error {
		folder := t.Lookup(repo, path.Join(name, tag))
		if folder == nil {
			return nil
		}
		for _, n := range folder.Children() {
			if !n.IsFolder() {
				t.Remove(n)
			}
		}
		if len(folder.Children()) == 0 {
			t.Remove(folder)
		}
		return nil
	})
}

// DeletePath removes a file, or a folder with everything in it, if it is there.
func (s *Server) DeletePath(repo, name string) {
	s.fixture(func(t *storage.Tree) error {
		if n := t.Lookup(repo, name); n != nil {
			t.Remove(n)
		}
		return nil
	})
}

// fixture changes the tree outside of any request. An error is a mistake of the test.
func (s *Server) fixture(change func(*storage.Tree) error) {
	if err := s.site.Store.Prepare(change); err != nil {
		panic(fmt.Sprintf("fixture: %v", err))
	}
}

// PutProperties sets properties of a file or folder that is there, besides those that it has.
func (s *Server) PutProperties(repo, name string, properties map[string][]string) {
	s.fixture(func(t *storage.Tree) error {
		n := t.Lookup(repo, name)
		if n == nil {
			return fmt.Errorf("%s/%s: %w", repo, name, errMissing)
		}
		t.SetProperties(n, properties, fixtureUser)
		return nil
	})
}

var errMissing = errors.New("nothing is there")
