package registry

import (
	"errors"
	"net/http"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// apiError is an error of the registry protocol: a code of the OCI distribution specification and its status.
type apiError struct {
	status        int
	code, message string
	detail        any
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func newError(status int, code, message string) *apiError {
	return &apiError{status: status, code: code, message: message}
}

func errNameUnknown(name string) error {
	return newError(http.StatusNotFound, "NAME_UNKNOWN", "repository name not known to registry: "+name)
}

func errManifestUnknown(reference string) error {
	return newError(http.StatusNotFound, "MANIFEST_UNKNOWN", "The named manifest is not known to the registry: "+reference)
}

func errBlobUnknown(digest string) error {
	return newError(http.StatusNotFound, "BLOB_UNKNOWN", "blob unknown to registry: "+digest)
}

func errUnsupported(what string) error {
	return newError(http.StatusMethodNotAllowed, "UNSUPPORTED", "The operation is unsupported: "+what)
}

func errDigestInvalid(digest string) error {
	return newError(http.StatusBadRequest, "DIGEST_INVALID", "provided digest did not match uploaded content: "+digest)
}

// errManifestInvalid is also what a push to an existing tag without Delete gets: the refusal of the
// storage, with its 403, is in the detail (contract overwrite-push).
func errManifestInvalid(description string) error {
	e := newError(http.StatusBadRequest, "MANIFEST_INVALID", "manifest invalid")
	e.detail = map[string]string{"description": description}
	return e
}

// errDenied is what a user without the right gets; the anonymous user is asked to authenticate.
func errDenied(u access.User, a access.Action, path string) error {
	if u.IsAnonymous() {
		return access.ErrNoCredentials
	}
	e := newError(http.StatusForbidden, "DENIED", "The requested access to the resource is denied")
	e.detail = map[string]string{"action": a.String(), "path": path, "user": u.Name}
	return e
}

type errorBody struct {
	Errors []errorItem `json:"errors"`
}

type errorItem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Detail  any    `json:"detail"`
}

// errBare is the answer of a router that does not know the path.
var errBare = errors.New("404 page not found, by the router")

// writeError answers an error; what is no protocol error is a 500.
func writeError(w http.ResponseWriter, r *http.Request, realm string, err error) {
	var e *apiError
	switch {
	case errors.Is(err, errBare):
		web.Bare(w)
		return
	case errors.Is(err, access.ErrNoCredentials), errors.Is(err, access.ErrBadCredentials):
		w.Header().Set("Www-Authenticate", `Bearer realm="`+realm+`",service="`+r.Host+`"`)
		e = newError(http.StatusUnauthorized, "UNAUTHORIZED", err.Error())
	case errors.Is(err, access.ErrLocked):
		e = newError(http.StatusForbidden, "DENIED", err.Error())
	case !errors.As(err, &e):
		e = newError(http.StatusInternalServerError, "UNKNOWN", err.Error())
	}
	web.JSON(w, e.status, "application/json", errorBody{[]errorItem{{Code: e.code, Message: e.message, Detail: e.detail}}})
}
