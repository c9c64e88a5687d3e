package registry

import (
	"net/http"
	"path"
	"slices"
	"strconv"

	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/image"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// referrers answers /referrers/<digest>. An unknown digest has none; that is no error.
func referrers(w http.ResponseWriter, q *request) error {
	if err := q.refuseReferrers(); err != nil {
		return err
	}
	list, err := q.referrers()
	if err != nil {
		return err
	}
	if want := q.URL.Query().Get("artifactType"); want != "" && !q.knobs.ReferrersNoFilter {
		w.Header().Set("OCI-Filters-Applied", "artifactType")
		list = slices.DeleteFunc(list, func(d ocispec.Descriptor) bool { return d.ArtifactType != want })
	}
	mediaType := ocispec.MediaTypeImageIndex
	if q.knobs.ReferrersCharset {
		mediaType += "; charset=utf-8"
	}
	web.JSON(w, http.StatusOK, mediaType, ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: ocispec.MediaTypeImageIndex, Manifests: q.pageOf(w, list),
	})
	return nil
}

// refuseReferrers answers for servers that have no such API, or fail.
func (q *request) refuseReferrers() error {
	status := q.knobs.ReferrersStatus
	switch {
	case q.Method != http.MethodGet:
		return errUnsupported(q.Method)
	case status == http.StatusNotFound:
		return errNameUnknown(q.clientName())
	case status == http.StatusMethodNotAllowed:
		return errUnsupported("referrers")
	case status != 0:
		return newError(status, "UNKNOWN", http.StatusText(status))
	case !q.listsReferrers(q.repo.Key):
		return q.errNoEndpoint()
	case !layout.ValidDigest(q.reference):
		return newError(http.StatusBadRequest, "DIGEST_INVALID", "not a sha256 digest: "+q.reference)
	default:
		return nil
	}
}

// listsReferrers reports whether a repository has a referrers API.
func (q *request) listsReferrers(repo string) bool {
	off := func(pattern string) bool {
		matched, err := path.Match(pattern, repo)
		return matched && err == nil
	}
	return q.knobs.ReferrersAPI != knobs.ReferrersOff && !slices.ContainsFunc(q.knobs.ReferrersOffIn, off)
}

// referrers collects over all members; a digest that several members have counts once.
func (q *request) referrers() (list []ocispec.Descriptor, err error) {
	seen := map[string]bool{}
	q.site.Store.View(func(t *storage.Tree) {
		for _, key := range q.site.Stored(q.repo.Key) {
			if !q.user.May(access.Read, key, q.image+"/"+q.reference+"/"+layout.Manifest) {
				if q.tellsDenial() {
					err = errDenied(q.user, access.Read, key+"/"+q.image)
				}
				continue
			}
			for _, d := range image.Referrers(t.Lookup(key, q.image), q.reference, q.knobs.Referrers) {
				if !seen[d.Digest.String()] {
					seen[d.Digest.String()] = true
					list = append(list, d)
				}
			}
		}
	})
	return list, err
}

// pageOf cuts a list by the knob's page size and links to the next page.
func (q *request) pageOf(w http.ResponseWriter, list []ocispec.Descriptor) []ocispec.Descriptor {
	size := q.knobs.ReferrersPageSize
	query := q.URL.Query()
	from, err := strconv.Atoi(query.Get("from"))
	if err != nil || from < 0 || from > len(list) {
		from = 0
	}
	list = list[from:]
	if size > 0 && len(list) > size {
		list = list[:size]
		query.Set("from", strconv.Itoa(from+size))
		w.Header().Set("Link", "<"+q.base+"/"+q.image+"/referrers/"+q.reference+"?"+query.Encode()+`>; rel="next"`)
	}
	if list == nil {
		list = []ocispec.Descriptor{}
	}
	return list
}
