package inventory

import (
	"context"
	"errors"
	"sync"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/singleflight"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// ManifestInfo is what is kept of a manifest that was read. It holds for every place with that digest.
type ManifestInfo struct {
	mediaType string
	Children  []Child
	// Subject is empty if the manifest names none.
	Subject digest.Digest
	Kind    attachment.Kind
	// signature reports whether it signs its subject, as a referrer.
	signature bool
	// signs reports whether it holds a signature, as a record behind a ".sig" tag.
	signs bool
	// Attests reports whether it has the types of an attachment, whatever its name.
	Attests bool
	Blobs   []ocispec.Descriptor
	// Config is that of the blobs which is no entry. IsRecord reports that the others are entries of a record of
	// cosign's.
	Config   digest.Digest
	IsRecord bool
	Shape    attachment.Shape
}

// Child is a manifest that an index lists.
type Child struct {
	Digest digest.Digest
	// Attests marks BuildKit's attestation manifests, which nobody has to sign.
	Attests bool
}

func infoOf(m manifest.Manifest) ManifestInfo {
	info := ManifestInfo{
		mediaType: m.MediaType, Kind: attachment.KindOf(m), signs: attachment.HoldsSignature(m), Attests: attachment.HasAttachmentTypes(m),
		Blobs: m.BlobDescriptors(), Shape: attachment.ShapeOf(m),
	}
	for i := range info.Blobs {
		info.Blobs[i] = ocispec.Descriptor{MediaType: info.Blobs[i].MediaType, Digest: info.Blobs[i].Digest, Size: info.Blobs[i].Size}
	}
	if m.Content.Config != nil {
		info.Config = m.Content.Config.Digest
	}
	info.IsRecord = attachment.IsRecord(attachment.KindSignature, m) || attachment.IsRecord(attachment.KindAttestation, m)
	if m.Content.Subject != nil {
		info.Subject = m.Content.Subject.Digest
	}
	info.signature = attachment.Attachment{Storage: attachment.Referrer, Kind: info.Kind, Manifest: m}.IsSignature("")
	for _, d := range m.Content.Manifests {
		info.Children = append(info.Children, Child{Digest: d.Digest, Attests: attachment.IsAttestationEntry(d)})
	}
	return info
}

// lists reports whether an index names a digest.
func (info ManifestInfo) lists(d digest.Digest) bool {
	for _, one := range info.Children {
		if one.Digest == d {
			return true
		}
	}
	return false
}

// ManifestCache reads each digest once, whatever image it is in.
type ManifestCache struct {
	reader attachment.Reader
	mu     sync.Mutex
	infos  map[digest.Digest]ManifestInfo
	flight singleflight.Group
}

// NewManifestCache returns an empty one.
func NewManifestCache(reader attachment.Reader) *ManifestCache {
	return &ManifestCache{reader: reader, infos: map[digest.Digest]ManifestInfo{}}
}

// Known returns what is known of a digest that was read before.
func (cache *ManifestCache) Known(d digest.Digest) (ManifestInfo, bool) {
	cache.mu.Lock()
	defer cache.mu.Unlock()
	info, ok := cache.infos[d]
	return info, ok
}

// Read returns what is known of a digest; found is false when this image does not hold it. An error says nothing of its
// existence.
func (cache *ManifestCache) Read(ctx context.Context, image reference.Image, d digest.Digest) (info ManifestInfo, found bool, err error) {
	if info, ok := cache.Known(d); ok {
		return info, true, nil
	}
	got, err, _ := cache.flight.Do(image.String()+"@"+d.String(), func() (any, error) {
		m, err := cache.reader.Manifest(ctx, image, d.String())
		if err != nil {
			return ManifestInfo{}, err
		}
		return cache.keep(d, infoOf(m)), nil
	})
	if errors.Is(err, failure.ErrNotFound) {
		return ManifestInfo{}, false, nil
	}
	if err != nil {
		return ManifestInfo{}, false, err
	}
	return got.(ManifestInfo), true, nil
}

func (cache *ManifestCache) keep(d digest.Digest, info ManifestInfo) ManifestInfo {
	cache.mu.Lock()
	defer cache.mu.Unlock()
	cache.infos[d] = info
	return info
}
