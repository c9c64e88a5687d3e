package image

import (
	"encoding/json"
	"path"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// Manifest is a manifest on its way into an image.
type Manifest struct {
	Repo, Image string
	// Folder is the tag, or sha256:<hex> for a push by digest.
	Folder    string
	MediaType string
	Content   *storage.Binary
	Document  *layout.Document
	// Indexed puts it into the referrers index.
	Indexed bool
	// Strict removes the other manifest file of the folder.
	Strict bool
	User   string
}

// Path is where the manifest file goes.
func (m Manifest) Path() string {
	return path.Join(m.Image, m.Folder, layout.ManifestFile(m.MediaType))
}

// Digest of the manifest.
func (m Manifest) Digest() string { return "sha256:" + m.Content.SHA256 }

// Put stores a manifest as the registry does: its blobs beside it (those that locate finds), the file with the
// docker properties (contract properties-of-push), and away with what the folder no longer needs.
func Put(t *storage.Tree, m Manifest, locate func(digest string) *storage.Node) (*storage.Node, error) {
	if err := m.putBlobs(t, locate); err != nil {
		return nil, err
	}
	n, err := t.PutFile(m.Repo, m.Path(), m.Content, m.User)
	if err != nil {
		return nil, err
	}
	n.MediaType, n.Indexed = m.MediaType, m.Indexed
	t.SetProperties(n, m.properties(t), m.User)
	if m.Strict {
		removeOther(t, n)
	}
	tidy(t, n.Parent())
	return n, nil
}

func (m Manifest) putBlobs(t *storage.Tree, locate func(string) *storage.Node) error {
	for _, d := range m.Document.Content() {
		digest := d.Digest.String()
		target := path.Join(m.Image, m.Folder, layout.BlobFile(digest))
		if layout.IsForeign(d) || t.Lookup(m.Repo, target) != nil {
			continue
		}
		source := locate(digest)
		if source == nil {
			continue
		}
		if _, err := t.PutFile(m.Repo, target, source.Binary, m.User); err != nil {
			return err
		}
		if staged := t.Lookup(m.Repo, path.Join(m.Image, layout.Uploads, layout.BlobFile(digest))); staged != nil {
			t.Remove(staged)
		}
	}
	return nil
}

func (m Manifest) properties(t *storage.Tree) map[string][]string {
	p := Properties(m.Image, m.Folder, m.MediaType, m.Content.SHA256)
	if m.Document.Config == nil {
		return p
	}
	config := t.Binary(layout.Hex(m.Document.Config.Digest.String()))
	if config == nil {
		return p
	}
	var read ocispec.Image
	if err := json.Unmarshal(config.Content, &read); err == nil {
		for k, v := range read.Config.Labels {
			p["docker.label."+k] = []string{v}
		}
	}
	return p
}

// Properties are those that a push sets on the manifest file (contract properties-of-push).
func Properties(image, tag, mediaType, sha256 string) map[string][]string {
	return map[string][]string{
		"docker.manifest":          {tag},
		"docker.repoName":          {image},
		"docker.manifest.digest":   {"sha256:" + sha256},
		"docker.manifest.type":     {mediaType},
		"sha256":                   {sha256},
		"artifactory.content-type": {mediaType},
	}
}

// removeOther removes the manifest file of the other kind from n's folder.
func removeOther(t *storage.Tree, n *storage.Node) {
	for _, c := range n.Parent().Children() {
		if c != n && !c.IsFolder() && layout.IsManifestFile(c.Name) {
			t.Remove(c)
		}
	}
}

// tidy removes the blobs that no manifest of the folder lists any more.
func tidy(t *storage.Tree, folder *storage.Node) {
	needed := map[string]bool{}
	for _, name := range []string{layout.Manifest, layout.List} {
		n := folder.Child(name)
		if n == nil || n.IsFolder() {
			continue
		}
		d, err := Read(n)
		if err != nil {
			return
		}
		for _, desc := range d.Content() {
			needed[layout.BlobFile(desc.Digest.String())] = true
		}
	}
	for _, c := range folder.Children() {
		if !c.IsFolder() && layout.BlobDigest(c.Name) != "" && !needed[c.Name] {
			t.Remove(c)
		}
	}
}
