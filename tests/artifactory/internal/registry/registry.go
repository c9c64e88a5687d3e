// Package registry is the half of the double that speaks the Docker Registry HTTP API v2 and the OCI
// distribution API over Artifactory's storage (contract referrers-listed, registry-same-bytes).
package registry

import (
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/traffic"
)

// Handler serves the registry API of all repositories.
type Handler struct {
	site    *site.Site
	uploads *uploads
}

// New returns the registry of a site.
func New(s *site.Site) *Handler { return &Handler{site: s, uploads: newUploads()} }

// request is one request with everything that the handlers of the endpoints need.
type request struct {
	*http.Request
	site    *site.Site
	uploads *uploads
	user    access.User
	knobs   knobs.Knobs
	// repo is the key that was addressed; its class may be any.
	repo site.Repository
	// image, reference: the parts of the path below v2; reference is a tag, a digest or an upload.
	image, reference string
	// base is what comes before the image in the paths that the server hands out.
	base string
	// repoPath says that clients see the repository key as the first part of the image's name.
	repoPath bool
}

// endpoint carries out a request; it writes the answer, or returns an error.
type endpoint func(w http.ResponseWriter, q *request) error

// ServeAPI answers /artifactory/api/docker/<repo>/v2/<rest>.
func (h *Handler) ServeAPI(w http.ResponseWriter, r *http.Request, repo, rest string) {
	h.serve(w, r, &request{base: "/artifactory/api/docker/" + repo + "/v2"}, repo, rest)
}

// ServeRepoPath answers /v2/<repo>/<rest>, the repo-path method on the root of the host.
func (h *Handler) ServeRepoPath(w http.ResponseWriter, r *http.Request, rest string) {
	q := &request{base: "/v2", repoPath: true}
	repo, rest, _ := strings.Cut(rest, "/")
	if repo != "" && rest != "" {
		q.base += "/" + repo
	}
	h.serve(w, r, q, repo, rest)
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request, q *request, repo, rest string) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	q.Request, q.site, q.uploads, q.knobs = r, h.site, h.uploads, h.site.Knobs()
	err := h.route(w, q, repo, rest)
	if err != nil {
		writeError(w, r, realm(r, q, repo), err)
	}
}

// realm is the URL of the token endpoint that a challenge names.
func realm(r *http.Request, q *request, repo string) string {
	if q.repoPath {
		return "http://" + r.Host + "/v2/token"
	}
	return "http://" + r.Host + "/artifactory/api/docker/" + repo + "/v2/token"
}

func (h *Handler) route(w http.ResponseWriter, q *request, repo, rest string) error {
	user, err := h.site.Users.Login(q.Request, q.knobs.LockAfter)
	if err != nil {
		return err
	}
	q.user = user
	traffic.SetUser(q.Context(), user.Name)
	if rest == "token" || q.repoPath && repo == "token" {
		return token(w, q)
	}
	if q.repoPath && rest == "" {
		return rootOfHost(w, q, repo)
	}
	var ok bool
	if q.repo, ok = h.site.Repo(repo); !ok || !q.repo.IsDocker() {
		return errNameUnknown(repo)
	}
	e, err := q.parse(rest)
	if err != nil {
		return err
	}
	return e(w, q)
}

// rootOfHost answers /v2/ and /v2/_catalog, where no repository is named.
func rootOfHost(w http.ResponseWriter, q *request, first string) error {
	switch first {
	case "":
		return ping(w, q)
	case "_catalog":
		return catalog(w, q)
	default:
		return errNameUnknown(first)
	}
}

// parse finds the endpoint of the path below v2, and sets image and reference.
func (q *request) parse(rest string) (endpoint, error) {
	switch rest {
	case "":
		return ping, nil
	case "_catalog":
		return catalog, nil
	}
	if name, ok := strings.CutSuffix(rest, "/tags/list"); ok {
		return q.named(name, "", tagsList)
	}
	if name, id, ok := cutLast(rest, "/blobs/uploads/"); ok {
		return q.named(name, id, upload)
	}
	if name, ok := strings.CutSuffix(rest, "/blobs/uploads"); ok {
		return q.named(name, "", upload)
	}
	for infix, e := range map[string]endpoint{"/manifests/": manifest, "/blobs/": blob, "/referrers/": referrers} {
		if name, ref, ok := cutLast(rest, infix); ok && ref != "" && !strings.Contains(ref, "/") {
			return q.named(name, ref, e)
		}
	}
	return nil, q.errNoEndpoint()
}

// errNoEndpoint is for what the registry API does not have.
func (q *request) errNoEndpoint() error {
	if q.knobs.BareUnknownPaths {
		return errBare
	}
	return newError(http.StatusNotFound, "NOT_FOUND", "page not found")
}

func (q *request) named(image, reference string, e endpoint) (endpoint, error) {
	q.image, q.reference = image, reference
	if !layout.ValidImage(image) {
		return nil, newError(http.StatusBadRequest, "NAME_INVALID", "invalid repository name: "+image)
	}
	return e, nil
}

// clientName is the image's name as the client knows it.
func (q *request) clientName() string {
	if q.repoPath {
		return q.repo.Key + "/" + q.image
	}
	return q.image
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+len(sep):], true
}
