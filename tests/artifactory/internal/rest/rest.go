// Package rest is the half of the double that speaks Artifactory's REST API: storage, properties, copy
// and move, promotion, AQL, deploy, download and delete.
package rest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/traffic"
)

// Handler serves the REST API of a site.
type Handler struct{ site *site.Site }

// New returns the REST API of a site.
func New(s *site.Site) *Handler { return &Handler{site: s} }

// request is one request with everything that the endpoints need.
type request struct {
	*http.Request
	site  *site.Site
	knobs knobs.Knobs
	user  access.User
	// repo and path are the item that is addressed; path has no leading slash.
	repo, path string
	// trailingSlash says that the path ended in one.
	trailingSlash bool
	// matrix holds the ";key=value" parts of the path.
	matrix map[string][]string
}

type endpoint func(w http.ResponseWriter, q *request) error

// Serve answers /artifactory/<rest>, where rest is the escaped path. Paths that are not described here are 404.
func (h *Handler) Serve(w http.ResponseWriter, r *http.Request, rest string) {
	q := &request{Request: r, site: h.site, knobs: h.site.Knobs()}
	if err := h.serve(w, q, rest); err != nil {
		writeError(w, err)
	}
}

func (h *Handler) serve(w http.ResponseWriter, q *request, rest string) error {
	user, err := h.site.Users.Login(q.Request, q.knobs.LockAfter)
	if err != nil {
		return err
	}
	q.user = user
	traffic.SetUser(q.Context(), user.Name)
	e, item := route(rest)
	if err := q.setItem(item); err != nil {
		return err
	}
	return e(w, q)
}

// route finds the endpoint of a path, and the part of the path that names an item.
func route(rest string) (e endpoint, item string) {
	for _, known := range []struct {
		prefix string
		endpoint
	}{
		{"api/storage/", storageAPI},
		{"api/storageinfo", storageSummary},
		{"api/metadata/", metadata},
		{"api/copy/", copyItem},
		{"api/move/", moveItem},
		{"api/search/aql", search},
		{"api/system/", system},
		{"api/repositories", repositories},
		{"api/build", builds},
		{"api/docker/", promoteImage},
		{"api/", unknownAPI},
	} {
		if item, ok := strings.CutPrefix(rest, known.prefix); ok {
			return known.endpoint, item
		}
	}
	return content, rest
}

func unknownAPI(_ http.ResponseWriter, q *request) error {
	return fail(http.StatusNotFound, "File not found: %s", q.URL.Path)
}

// setItem splits <repo>/<path>;<matrix parameters>. Only a literal ";" begins a parameter.
func (q *request) setItem(escaped string) error {
	raw, parameters, _ := strings.Cut(escaped, ";")
	p, err := url.PathUnescape(raw)
	if err != nil {
		return fail(http.StatusBadRequest, "Illegal path: %s", raw)
	}
	q.trailingSlash = strings.HasSuffix(p, "/")
	p = strings.TrimSuffix(p, "/")
	if strings.Contains(p, "//") || slices.Contains(strings.Split(p, "/"), "..") {
		return fail(http.StatusBadRequest, "Illegal path: %s", p)
	}
	q.repo, q.path, _ = strings.Cut(p, "/")
	if parameters != "" {
		q.matrix, err = parseMatrix(parameters)
	}
	return err
}

func parseMatrix(parameters string) (map[string][]string, error) {
	out := map[string][]string{}
	for pair := range strings.SplitSeq(parameters, ";") {
		key, value, _ := strings.Cut(pair, "=")
		k, err := url.PathUnescape(key)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "Illegal matrix parameter: %s", pair)
		}
		v, err := url.PathUnescape(value)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "Illegal matrix parameter: %s", pair)
		}
		if k != "" {
			out[k] = append(out[k], v)
		}
	}
	return out, nil
}

// query returns the query parameters, and refuses those that the endpoint is not known to have: the real
// server may ignore them, and a client that relies on one must not pass here.
func (q *request) query(known ...string) (map[string]string, error) {
	out := map[string]string{}
	for pair := range strings.SplitSeq(q.URL.RawQuery, "&") {
		if pair == "" {
			continue
		}
		key, value, _ := strings.Cut(pair, "=")
		v, err := url.QueryUnescape(value)
		if err != nil || !slices.Contains(known, key) {
			return nil, fail(http.StatusBadRequest, "Unknown or malformed query parameter: %s", pair)
		}
		out[key] = v
	}
	return out, nil
}

// base is the URL that the server believes to have.
func (q *request) base() string { return "http://" + q.Host + "/artifactory" }

// sees reports whether the user may read a file, or something below a folder.
func (q *request) sees(n *storage.Node) bool {
	if q.user.May(access.Read, n.Repo(), n.Path()) {
		return true
	}
	return slices.ContainsFunc(n.Children(), q.sees)
}
