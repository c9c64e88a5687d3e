package image

import (
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// Referrers lists the manifests of an image whose subject is the digest, each once, as the knobs say:
// only indexed ones or copied ones too, in which order, with which artifactType.
func Referrers(image *storage.Node, subject string, k knobs.Referrers) []ocispec.Descriptor {
	seen := map[string]bool{}
	var found []*storage.Node
	for _, folder := range Folders(image) {
		n := ManifestIn(folder)
		if seen[n.Binary.SHA256] || n.Binary.Memo(subjectOf) != subject || !n.Indexed && k.ReferrersAPI != knobs.ReferrersOnPushAndCopy {
			continue
		}
		seen[n.Binary.SHA256] = true
		found = append(found, n)
	}
	sortNodes(found, k.ReferrersOrder)
	out := make([]ocispec.Descriptor, 0, len(found))
	for _, n := range found {
		out = append(out, describe(n, k.ReferrersConfigType))
	}
	return out
}

// subjectOf reads the digest of a manifest's subject; empty if there is none.
func subjectOf(content []byte) any {
	var m struct {
		Subject struct {
			Digest string `json:"digest"`
		} `json:"subject"`
	}
	if err := json.Unmarshal(content, &m); err != nil {
		return ""
	}
	return m.Subject.Digest
}

func sortNodes(nodes []*storage.Node, order knobs.Order) {
	slices.SortFunc(nodes, func(a, b *storage.Node) int {
		switch order {
		case knobs.Insertion:
			return a.Created.Compare(b.Created)
		case knobs.Reverse:
			return strings.Compare(b.Binary.SHA256, a.Binary.SHA256)
		default:
			return strings.Compare(a.Binary.SHA256, b.Binary.SHA256)
		}
	})
}

func describe(n *storage.Node, configType bool) ocispec.Descriptor {
	out := ocispec.Descriptor{
		MediaType: Type(n), Digest: digest.NewDigestFromEncoded(digest.SHA256, n.Binary.SHA256), Size: n.Binary.Size(),
	}
	d, err := Read(n)
	if err != nil {
		return out
	}
	out.ArtifactType, out.Annotations = d.EffectiveArtifactType(), d.Annotations
	if configType && d.Config != nil {
		out.ArtifactType = d.Config.MediaType
	}
	return out
}

// PutReferrersFile notes a new referrer in the file that the real server keeps in the image's folder (contract
// referrers-no-file).
func PutReferrersFile(t *storage.Tree, m Manifest) error {
	file := path.Join(m.Image, "referrers.json")
	known := map[string][]string{}
	if old := t.Lookup(m.Repo, file); old != nil && !old.IsFolder() {
		if err := json.Unmarshal(old.Binary.Content, &known); err != nil {
			return err
		}
	}
	subject := m.Document.Subject.Digest.String()
	known[subject] = append(known[subject], m.Digest())
	raw, err := json.Marshal(known)
	if err != nil {
		return err
	}
	_, err = t.PutFile(m.Repo, file, storage.NewBinary(raw), m.User)
	return err
}
