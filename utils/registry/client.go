// Package registry speaks the OCI distribution API behind Artifactory, with oras-go for the protocol. It reads and
// writes manifests as they are, and never keeps a fallback tag by itself: that is for promotion to decide.
package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/opencontainers/go-digest"
	"oras.land/oras-go/v2/errdef"
	orasregistry "oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/errcode"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/sanitize"
)

// Client reads and writes manifests in the repositories of one Artifactory.
type Client struct {
	base     *url.URL
	http     *http.Client
	presence presence
}

// New makes a client for the Artifactory at base ("https://host/artifactory/"). The HTTP client authenticates, retries
// and counts.
func New(base *url.URL, client *http.Client) *Client {
	return &Client{base: base, http: client}
}

// Manifest reads the manifest of image that ref, a tag or a digest, names. Its digest was computed from the bytes, and
// compared with ref when ref is a digest. A missing manifest is failure.ErrNotFound; any other error says nothing about
// its existence.
func (c *Client) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	desc, body, err := c.repository(image).Manifests().FetchReference(ctx, ref)
	if err != nil {
		return manifest.Manifest{}, notFound(image, ref, err)
	}
	defer func() { _ = body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(body, manifest.MaxSize+1))
	if err != nil {
		return manifest.Manifest{}, fmt.Errorf("reading manifest %s of %s: %w", ref, image, err)
	}
	m, err := manifest.Parse(desc.MediaType, raw)
	if err != nil {
		return manifest.Manifest{}, fmt.Errorf("%s: %w", name(image, ref), err)
	}
	// The library has compared the announced digest with ref. Each algorithm is computed anew, since ref may be a
	// sha512.
	if got := desc.Digest.Algorithm().FromBytes(raw); got != desc.Digest {
		return manifest.Manifest{}, fmt.Errorf("%s: the registry announced %s and sent %s", name(image, ref), desc.Digest,
			got)
	}
	return m, nil
}

// Resolve reports which digest ref names, without reading the manifest. Absent is failure.ErrNotFound.
func (c *Client) Resolve(ctx context.Context, image reference.Image, ref string) (digest.Digest, error) {
	desc, err := c.repository(image).Resolve(ctx, ref)
	return desc.Digest, notFound(image, ref, err)
}

func (c *Client) repository(image reference.Image) *remote.Repository {
	repo := &remote.Repository{
		Client:               &mapper{base: c.base, image: image, http: c.http},
		Reference:            orasregistry.Reference{Registry: c.base.Host, Repository: image.Path},
		PlainHTTP:            c.base.Scheme == "http",
		ManifestMediaTypes:   manifest.MediaTypes(),
		ReferrerListMaxPages: maxReferrerPages,
		MaxMetadataBytes:     manifest.MaxSize,
		SkipReferrersGC:      true,
	}
	// Said by hand, so that the library neither probes for the API nor keeps a fallback tag of its own. It only fails
	// when the capability was set before.
	_ = repo.SetReferrersCapability(true)
	return repo
}

// notFound makes the library's errors ours. All but "not found" name the request.
func notFound(image reference.Image, ref string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, errdef.ErrNotFound) {
		return fmt.Errorf("%s: %w", name(image, ref), failure.ErrNotFound)
	}
	return answered(err)
}

// name writes ref, a tag or a digest of image, as people do.
func name(image reference.Image, ref string) string {
	if d, err := digest.Parse(ref); err == nil {
		return reference.Reference{Image: image, Digest: d}.String()
	}
	return image.Tagged(ref)
}

// StatusError is an answer of the registry with a status that means failure.
type StatusError struct{ Response *errcode.ErrorResponse }

// Error returns call, status and the registry's words.
func (e *StatusError) Error() string {
	r := e.Response
	text := fmt.Sprintf("%s %s: %d %s", r.Method, r.URL, r.StatusCode, http.StatusText(r.StatusCode))
	if len(r.Errors) > 0 {
		text += ": " + sanitize.Message(r.Errors.Error())
	}
	return text
}

// Unwrap returns the library's error.
func (e *StatusError) Unwrap() error { return e.Response }

// HTTPStatus returns the status of the answer.
func (e *StatusError) HTTPStatus() int { return e.Response.StatusCode }

func answered(err error) error {
	var response *errcode.ErrorResponse
	if errors.As(err, &response) {
		return &StatusError{Response: response}
	}
	return err
}
