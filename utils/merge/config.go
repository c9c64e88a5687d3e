package merge

import (
	"encoding/json"
	"fmt"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/manifest"
)

// rootFS is the part of an image config that names the layers.
type rootFS struct {
	Type    string          `json:"type"`
	DiffIDs []digest.Digest `json:"diff_ids"`
}

// emptyHistory is what cosign writes for an entry whose time it does not record.
const emptyHistory = `{"created":"0001-01-01T00:00:00Z"}`

// configOf returns the config of a record with the given layers. Only an image config names layers; of any other type,
// such as the empty one, the content is no business of ours.
func configOf(target manifest.Manifest, config []byte, layers []json.RawMessage) ([]byte, error) {
	switch old := target.Content.Config; {
	case old == nil:
		return rebuild([]byte("{}"), layers)
	case old.MediaType == ocispec.MediaTypeImageConfig || old.MediaType == manifest.DockerConfig:
		return rebuild(config, layers)
	default:
		return config, nil
	}
}

// rebuild writes the layers into an image config: their digests in order, with repeats, and one history entry for each.
// Every other field stays.
func rebuild(config []byte, layers []json.RawMessage) ([]byte, error) {
	fields, err := decode(config)
	if err != nil {
		return nil, fmt.Errorf("the config of the record cannot be read: %w", err)
	}
	ids, err := diffIDs(layers)
	if err != nil {
		return nil, err
	}
	if fields["rootfs"], err = encode(rootFS{Type: "layers", DiffIDs: ids}); err != nil {
		return nil, err
	}
	if fields["history"], err = history(fields["history"], len(layers)); err != nil {
		return nil, err
	}
	return encode(fields)
}

func diffIDs(layers []json.RawMessage) ([]digest.Digest, error) {
	ids := make([]digest.Digest, 0, len(layers))
	for _, layer := range layers {
		var d struct {
			Digest digest.Digest `json:"digest"`
		}
		if err := json.Unmarshal(layer, &d); err != nil {
			return nil, fmt.Errorf("a layer of the record cannot be read: %w", err)
		}
		ids = append(ids, d.Digest)
	}
	return ids, nil
}

// history keeps the entries that are there and brings their number to n.
func history(old json.RawMessage, n int) (json.RawMessage, error) {
	var entries []json.RawMessage
	if len(old) > 0 {
		if err := json.Unmarshal(old, &entries); err != nil {
			return nil, fmt.Errorf("the history of the record cannot be read: %w", err)
		}
	}
	for len(entries) < n {
		entries = append(entries, json.RawMessage(emptyHistory))
	}
	return encode(entries[:n])
}
