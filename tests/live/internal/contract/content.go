package contract

import (
	"encoding/json"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// content is a manifest with its blobs.
type content struct {
	mediaType string
	raw       []byte
	blobs     [][]byte
}

func (c content) digest() string { return digest.FromBytes(c.raw).String() }

func (c content) hex() string { return strings.TrimPrefix(c.digest(), "sha256:") }

func (c content) descriptor() ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: c.mediaType, Digest: digest.FromBytes(c.raw), Size: int64(len(c.raw))}
}

// file is the name under which Artifactory is assumed to keep the manifest.
func (c content) file() string {
	if c.mediaType == ocispec.MediaTypeImageIndex {
		return "list.manifest.json"
	}
	return "manifest.json"
}

func describe(mediaType string, blob []byte) ocispec.Descriptor {
	return ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(blob), Size: int64(len(blob))}
}

func blobFile(blob []byte) string { return "sha256__" + digest.FromBytes(blob).Encoded() }

// encode writes a document of ours, which is always possible.
func encode(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// blob is content that no other run has.
func (t *Trial) blob(name string) []byte {
	return []byte(t.Pair.Nonce + " " + t.id + " " + name + "\n")
}

// image makes an image of one layer.
func (t *Trial) image(name string) content { return t.imageOf(name, t.blob("layer of "+name)) }

// imageOf makes an image of given layers.
func (t *Trial) imageOf(name string, layers ...[]byte) content {
	about := ocispec.Image{
		Platform: ocispec.Platform{OS: "linux", Architecture: "amd64"},
		Config:   ocispec.ImageConfig{Labels: map[string]string{"made.for": t.Pair.Nonce + " " + t.id + " " + name}},
		RootFS:   ocispec.RootFS{Type: "layers"},
	}
	for _, layer := range layers {
		about.RootFS.DiffIDs = append(about.RootFS.DiffIDs, digest.FromBytes(layer))
		about.History = append(about.History, ocispec.History{CreatedBy: "a test"})
	}
	config := encode(about)
	m := ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest, Config: describe(ocispec.MediaTypeImageConfig, config),
	}
	for _, layer := range layers {
		m.Layers = append(m.Layers, describe(ocispec.MediaTypeImageLayer, layer))
	}
	return content{ocispec.MediaTypeImageManifest, encode(m), append([][]byte{config}, layers...)}
}

// index makes an index of children, the first for amd64, the second for arm64.
func index(children ...content) content {
	out := ocispec.Index{Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex}
	for i, child := range children {
		d := child.descriptor()
		d.Platform = &ocispec.Platform{OS: "linux", Architecture: []string{"amd64", "arm64"}[i]}
		out.Manifests = append(out.Manifests, d)
	}
	return content{mediaType: ocispec.MediaTypeImageIndex, raw: encode(out)}
}

// What referrers in these checks are.
const (
	artifactType = "application/vnd.example.signature.v1"
	configType   = "application/vnd.example.config.v1+json"
)

// referrer makes a manifest that refers to a subject.
func (t *Trial) referrer(name string, subject content) content {
	config, payload := []byte(`{"of":"`+t.Pair.Nonce+`"}`), t.blob("payload of "+name)
	d := subject.descriptor()
	m := ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageManifest, ArtifactType: artifactType,
		Config: describe(configType, config), Layers: []ocispec.Descriptor{describe("text/plain", payload)}, Subject: &d,
		Annotations: map[string]string{"example.name": name},
	}
	return content{ocispec.MediaTypeImageManifest, encode(m), [][]byte{config, payload}}
}
