package registry

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2/errdef"

	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/transport"
)

const (
	// maxReferrerPages bounds the pages of one referrers list, so that a registry that links in a circle cannot hold a
	// run for ever.
	maxReferrerPages = 10_000
	// maxReferrers bounds the entries of one referrers list, so that its pages cannot fill the memory.
	maxReferrers = 100_000
)

// Referrers lists every referrer of a digest that the referrers API knows, all pages, of any type. supported is false
// when the server has no such API (404, 400, 405 or 406 for the first page); whatever else it answers is an error,
// never "none". So is an API that is there for one digest of a repository and absent for another.
func (c *Client) Referrers(ctx context.Context, image reference.Image,
	subject digest.Digest,
) (all []ocispec.Descriptor, supported bool, err error) {
	asking := ctx
	there, known := c.presence.known(image.Repo)
	if known && !there {
		// That the answer has no mark is known by now, too; only another answer would be news.
		asking = transport.Unrepeated(ctx)
	}
	all, supported, err = c.listReferrers(asking, image, subject)
	if isBare(err) && (!known || !there) {
		absent, confirmed := c.bareAbsence(ctx, image, subject)
		switch {
		case confirmed != nil:
			err = confirmed
		case absent:
			err = nil
		default:
			all, supported, err = c.listReferrers(ctx, image, subject)
		}
	}
	if err == nil {
		err = c.presence.note(image, supported)
	}
	if err != nil {
		return nil, false, err
	}
	return all, supported, nil
}

// listReferrers asks once.
func (c *Client) listReferrers(ctx context.Context, image reference.Image,
	subject digest.Digest,
) (all []ocispec.Descriptor, supported bool, err error) {
	repo := c.repository(image)
	pages := &referrersPages{client: repo.Client}
	repo.Client = pages
	err = repo.Referrers(ctx, ocispec.Descriptor{Digest: subject}, "", func(page []ocispec.Descriptor) error {
		all = append(all, page...)
		return checkEntries(page, len(all))
	})
	if errors.Is(err, errdef.ErrUnsupported) && pages.read == 0 {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, markBare(answered(err), pages.read)
	}
	return all, true, nil
}

func checkEntries(page []ocispec.Descriptor, total int) error {
	if total > maxReferrers {
		return fmt.Errorf("the list of referrers has more than %d entries", maxReferrers)
	}
	for _, d := range page {
		if err := d.Digest.Validate(); err != nil {
			return fmt.Errorf("the list of referrers names the digest %q: %w", d.Digest, err)
		}
	}
	return nil
}

// doer sends requests, as oras-go declares it.
type doer interface {
	Do(req *http.Request) (*http.Response, error)
}

// referrersPages evens out what the library is too strict about in answers to a referrers request: the specification
// allows media type parameters, and registries without the API answer more than 404.
type referrersPages struct {
	client doer
	// read counts the pages that came. After the first one the API exists.
	read int
}

// Do asks for one page.
func (p *referrersPages) Do(req *http.Request) (*http.Response, error) {
	resp, err := p.client.Do(req)
	if err != nil {
		return nil, err
	}
	switch resp.StatusCode {
	case http.StatusBadRequest, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusNotFound:
		if p.read == 0 {
			// All four mean "no such API"; a bare 404 is the one that the library understands.
			_ = resp.Body.Close()
			resp.StatusCode, resp.Body = http.StatusNotFound, http.NoBody
		}
		return resp, nil
	case http.StatusOK:
		p.read++
		return indexOnly(resp)
	default:
		return resp, nil
	}
}

// indexOnly strips the parameters of an index's media type. Any other type with 200 is an unreadable answer, not "no
// API".
func indexOnly(resp *http.Response) (*http.Response, error) {
	mediaType, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err != nil || mediaType != ocispec.MediaTypeImageIndex {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("the referrers API answered 200 with Content-Type %q instead of an index",
			resp.Header.Get("Content-Type"))
	}
	resp.Header.Set("Content-Type", mediaType)
	return resp, nil
}
