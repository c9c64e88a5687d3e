package peers

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/tests/fixture"
)

// judge looks at the target as any client of a registry does. It shares no code with the plugin, and knows what should
// be there from the shelf, not from any tool.
type judge struct {
	ctx context.Context //nolint:containedctx // lives as long as one look
	w   *world
}

// manifest is all that the judge has to know of a manifest or an index.
type manifest struct {
	Config    *ocispec.Descriptor  `json:"config"`
	Layers    []ocispec.Descriptor `json:"layers"`
	Manifests []ocispec.Descriptor `json:"manifests"`
}

// look reports whether the image is complete at the target, and how many of its attachments are complete there and can
// be found.
func (j judge) look() (image bool, arrived int, err error) {
	if image, err = j.complete(j.w.tag(), j.w.shelf.root); err != nil {
		return false, 0, err
	}
	count := func(ok bool, failed error) {
		if ok {
			arrived++
		}
		if err == nil {
			err = failed
		}
	}
	for _, t := range j.w.shelf.tagged {
		count(j.complete(t.tag, t.digest))
	}
	for _, r := range j.w.shelf.referrers {
		count(j.referred(r))
	}
	return image, arrived, err
}

// referred reports whether a referrer is complete, and listed where clients look for it.
func (j judge) referred(r attachment) (bool, error) {
	ok, err := j.complete(r.digest.String(), r.digest)
	if !ok || err != nil {
		return false, err
	}
	path := "referrers/" + r.subject.String()
	if j.w.noAPI {
		path = "manifests/" + fixture.FallbackTag(r.subject)
	}
	raw, found, err := j.get(http.MethodGet, path)
	if !found || err != nil {
		return false, err
	}
	var index manifest
	if err := json.Unmarshal(raw, &index); err != nil {
		return false, err
	}
	for _, m := range index.Manifests {
		if m.Digest == r.digest {
			return true, nil
		}
	}
	return false, nil
}

// complete reports whether a reference leads to a digest, with all its blobs and children.
func (j judge) complete(reference string, want digest.Digest) (bool, error) {
	raw, found, err := j.get(http.MethodGet, "manifests/"+reference)
	if !found || err != nil {
		return false, err
	}
	if sum := sha256.Sum256(raw); hex.EncodeToString(sum[:]) != want.Encoded() {
		return false, nil
	}
	var m manifest
	if err := json.Unmarshal(raw, &m); err != nil {
		return false, err
	}
	for _, child := range m.Manifests {
		if ok, err := j.complete(child.Digest.String(), child.Digest); !ok || err != nil {
			return false, err
		}
	}
	return j.blobs(m)
}

func (j judge) blobs(m manifest) (bool, error) {
	blobs := m.Layers
	if m.Config != nil {
		blobs = append(blobs, *m.Config)
	}
	for _, blob := range blobs {
		if _, found, err := j.get(http.MethodHead, "blobs/"+blob.Digest.String()); !found || err != nil {
			return false, err
		}
	}
	return true, nil
}

// get asks the registry API. A missing thing is no error; any other answer than 200 and 404 is.
func (j judge) get(method, path string) (body []byte, found bool, err error) {
	request, err := http.NewRequestWithContext(j.ctx, method, j.w.server.URL+"/v2/"+prod+"/"+image+"/"+path, nil)
	if err != nil {
		return nil, false, err
	}
	request.SetBasicAuth(user, password)
	request.Header.Set("Accept", strings.Join([]string{ocispec.MediaTypeImageManifest, ocispec.MediaTypeImageIndex}, ", "))
	response, err := j.w.server.Client().Do(request)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK && response.StatusCode != http.StatusNotFound {
		err = fmt.Errorf("%s %s: %s", method, path, response.Status)
	}
	return body, response.StatusCode == http.StatusOK, err
}
