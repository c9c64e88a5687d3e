package rest

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// statusError is an error of the REST API with its HTTP status.
type statusError struct {
	status  int
	message string
}

func (e *statusError) Error() string { return e.message }

func fail(status int, format string, args ...any) error {
	return &statusError{status: status, message: fmt.Sprintf(format, args...)}
}

func notFound(path string) error { return fail(http.StatusNotFound, "Unable to find item: %s", path) }

func methodNotAllowed(r *http.Request) error {
	return fail(http.StatusMethodNotAllowed, "Method Not Allowed: %s", r.Method)
}

// errEmpty404 is the 404 without a body for a missing item of a virtual repository.
var errEmpty404 = errors.New("not found, without a body")

type errorBody struct {
	Errors []errorItem `json:"errors"`
}

type errorItem struct {
	Status  int    `json:"status"`
	Message string `json:"message"`
}

// writeError answers in the form of Artifactory's errors (contract marks-bodies); anything that is no statusError
// is a 500.
func writeError(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	var e *statusError
	switch {
	case errors.Is(err, errEmpty404):
		w.WriteHeader(http.StatusNotFound)
		return
	case errors.Is(err, access.ErrNoCredentials), errors.Is(err, access.ErrBadCredentials):
		w.Header().Set("Www-Authenticate", `Basic realm="Artifactory Realm"`)
		status = http.StatusUnauthorized
	case errors.Is(err, access.ErrLocked):
		status = http.StatusForbidden
	case errors.As(err, &e):
		status = e.status
	}
	web.JSON(w, status, "application/json", errorBody{[]errorItem{{Status: status, Message: err.Error()}}})
}

// denied is the answer to a user without the right: 403, 401 for the anonymous user, or 404 while
// unauthorized resources are hidden (contract rights-read).
func (q *request) denied(a access.Action, repo, path string) error {
	switch {
	case q.knobs.HideUnauthorized && q.user.IsAnonymous():
		return errEmpty404
	case q.knobs.HideUnauthorized:
		return notFound(repo + "/" + path)
	case q.user.IsAnonymous():
		return access.ErrNoCredentials
	default:
		return fail(http.StatusForbidden, "Not enough permissions: user %s needs %s permission for %s:%s", q.user.Name, a,
			repo, path)
	}
}
