package registry

import (
	"net/http"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// ping answers the version check.
func ping(w http.ResponseWriter, q *request) error {
	if q.Method != http.MethodGet && q.Method != http.MethodHead {
		return errUnsupported(q.Method)
	}
	web.JSON(w, http.StatusOK, "application/json", struct{}{})
	return nil
}

// token exchanges basic credentials for a bearer token. Scopes are not looked at: the token has the
// rights of its user.
func token(w http.ResponseWriter, q *request) error {
	if q.Method != http.MethodGet {
		return errUnsupported(q.Method)
	}
	issued := q.site.Users.Issue(q.user)
	web.JSON(w, http.StatusOK, "application/json", map[string]any{
		"token": issued, "access_token": issued,
		"expires_in": 3600,
	})
	return nil
}
