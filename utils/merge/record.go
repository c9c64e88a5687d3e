// Package merge joins two mutable attachment records about one subject, so that nothing of either is lost: the
// manifests behind ".sig" and ".att" tags, and fallback indexes. It is pure, and works on the bytes that the registry
// sent: descriptors are taken over verbatim, since a signature lives in their annotations.
package merge

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// Record is a merged ".sig" or ".att": its manifest, and the config that belongs to it and has to be uploaded first.
type Record struct {
	Manifest manifest.Manifest
	Config   []byte
}

// Records joins the record of a target with that of a source: the target's entries verbatim and in order, then those of
// the source that the target lacks. config is the content of the target's config blob; its rootfs and history are
// rebuilt so that there is one for each entry. The target's media type and other fields stay. It follows what cosign
// writes when it appends a signature. It fails on what is no list of entries, and on what cannot be joined without
// loss.
func Records(target, source manifest.Manifest, config []byte) (Record, error) {
	_, layers, err := open(target)
	if err != nil {
		return Record{}, err
	}
	missing, err := lacking(target, source)
	if err != nil {
		return Record{}, err
	}
	return join(target, source, slices.Concat([]json.RawMessage{}, layers, missing), config)
}

// Attestations is Records with the source's entries first, in their order, and after them those that only the target
// has: these are older, and may be what was replaced at the source since (cosign attest --replace). Some verifiers look
// at the first of a type alone.
func Attestations(target, source manifest.Manifest, config []byte) (Record, error) {
	_, layers, err := open(source)
	if err != nil {
		return Record{}, err
	}
	older, err := lacking(source, target)
	if err != nil {
		return Record{}, err
	}
	return join(target, source, slices.Concat([]json.RawMessage{}, layers, older), config)
}

// join writes layers into the target's record.
func join(target, source manifest.Manifest, layers []json.RawMessage, config []byte) (Record, error) {
	fields, _, err := open(target)
	if err != nil {
		return Record{}, err
	}
	newConfig, err := configOf(target, config, layers)
	if err != nil {
		return Record{}, err
	}
	if fields["config"], err = describe(target.Content.Config, fields["config"], newConfig); err != nil {
		return Record{}, err
	}
	if fields["layers"], err = encode(layers); err != nil {
		return Record{}, err
	}
	raw, err := encode(fields)
	if err != nil {
		return Record{}, err
	}
	m, err := manifest.Parse(target.MediaType, raw)
	if err != nil {
		return Record{}, err
	}
	return Record{Manifest: m, Config: newConfig}, complete(m, target, source)
}

// Some returns the record with some of another's entries, verbatim and in order: those at the positions that keep
// tells. config is the content of its config blob.
func Some(record manifest.Manifest, config []byte, keep func(i int) bool) (Record, error) {
	fields, layers, err := open(record)
	if err != nil {
		return Record{}, err
	}
	var kept []json.RawMessage
	for i, layer := range layers {
		if keep(i) {
			kept = append(kept, layer)
		}
	}
	newConfig, err := configOf(record, config, kept)
	if err != nil {
		return Record{}, err
	}
	if fields["config"], err = describe(record.Content.Config, fields["config"], newConfig); err != nil {
		return Record{}, err
	}
	if fields["layers"], err = encode(kept); err != nil {
		return Record{}, err
	}
	raw, err := encode(fields)
	if err != nil {
		return Record{}, err
	}
	m, err := manifest.Parse(record.MediaType, raw)
	return Record{Manifest: m, Config: newConfig}, err
}

// open takes a manifest apart without reading more of it than its layers.
func open(m manifest.Manifest) (fields map[string]json.RawMessage, layers []json.RawMessage, err error) {
	if !m.IsList() {
		return nil, nil, fmt.Errorf("manifest %s of type %s is no list of signatures or attestations", m.Digest, m.MediaType)
	}
	if fields, err = decode(m.Raw); err != nil {
		return nil, nil, fmt.Errorf("manifest %s: %w", m.Digest, err)
	}
	if raw, ok := fields["layers"]; ok {
		if err := json.Unmarshal(raw, &layers); err != nil {
			return nil, nil, fmt.Errorf("the layers of manifest %s: %w", m.Digest, err)
		}
	}
	if len(layers) != len(m.Content.Layers) {
		// A key that is there twice, or in another case: readers differ in what they take.
		return nil, nil, fmt.Errorf("the layers of manifest %s can be read in more than one way", m.Digest)
	}
	return fields, layers, nil
}

// lacking returns the source's descriptors, verbatim, that the target does not have, as often as it has too few of
// them.
func lacking(target, source manifest.Manifest) ([]json.RawMessage, error) {
	_, layers, err := open(source)
	if err != nil {
		return nil, err
	}
	var missing []json.RawMessage
	for _, i := range target.Lacking(source.Entries()) {
		missing = append(missing, layers[i])
	}
	return missing, nil
}

// describe returns the descriptor of the config. One that did not change stays verbatim.
func describe(old *ocispec.Descriptor, verbatim json.RawMessage, config []byte) (json.RawMessage, error) {
	d := ocispec.Descriptor{MediaType: ocispec.MediaTypeImageConfig}
	if old != nil {
		d.MediaType, d.Annotations = old.MediaType, old.Annotations
	}
	d.Digest, d.Size = digest.FromBytes(config), int64(len(config))
	if old != nil && old.Digest == d.Digest && old.Size == d.Size {
		return verbatim, nil
	}
	return encode(d)
}

// complete is the promise of a merge, checked on its result.
func complete(merged manifest.Manifest, parts ...manifest.Manifest) error {
	for _, part := range parts {
		if !merged.Covers(part) {
			return fmt.Errorf("manifest %s cannot be merged without loss", part.Digest)
		}
	}
	return nil
}
