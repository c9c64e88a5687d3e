package rest

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// ServeTokens answers POST /access/api/v1/tokens as far as an administrator makes tokens for paths with it: the scope
// is a list of artifact:<repository>/<pattern>:<actions>, where the actions are r, w, d and a. A token is a user of its
// own, with these grants.
func (h *Handler) ServeTokens(w http.ResponseWriter, r *http.Request) {
	q := &request{Request: r, site: h.site, knobs: h.site.Knobs()}
	if err := q.issueToken(w); err != nil {
		writeError(w, err)
	}
}

func (q *request) issueToken(w http.ResponseWriter) error {
	user, err := q.site.Users.Authenticate(q.Request)
	switch {
	case err != nil:
		return err
	case q.Method != http.MethodPost:
		return methodNotAllowed(q.Request)
	case !user.Admin:
		return fail(http.StatusForbidden, "Only an administrator may choose the scope of a token")
	}
	if err := q.ParseForm(); err != nil {
		return fail(http.StatusBadRequest, "Illegal form: %v", err)
	}
	grants, err := scopeGrants(q.PostForm.Get("scope"))
	if err != nil {
		return err
	}
	seconds, err := strconv.Atoi(q.PostForm.Get("expires_in"))
	if err != nil {
		return fail(http.StatusBadRequest, "expires_in is missing: the double has no tokens without an end")
	}
	token := rand.Text()
	q.site.Users.Add(access.User{Name: "token:" + token[:8], Token: token, Grants: grants})
	web.JSON(w, http.StatusOK, "application/json", map[string]any{
		"token_id": token[:8], "access_token": token, "expires_in": seconds, "scope": q.PostForm.Get("scope"), "token_type": "Bearer",
	})
	return nil
}

func scopeGrants(scope string) ([]access.Grant, error) {
	var grants []access.Grant
	for _, entry := range strings.Fields(scope) {
		parts := strings.Split(entry, ":")
		if len(parts) != 3 || parts[0] != "artifact" {
			return nil, fail(http.StatusBadRequest, "Unsupported scope: %s", entry)
		}
		repo, pattern, _ := strings.Cut(parts[1], "/")
		grants = append(grants, access.Grant{
			Repo: repo, Pattern: pattern, Read: strings.Contains(parts[2], "r"), Deploy: strings.Contains(parts[2], "w"),
			Delete: strings.Contains(parts[2], "d"), Annotate: strings.Contains(parts[2], "a"),
		})
	}
	if len(grants) == 0 {
		return nil, fail(http.StatusBadRequest, "scope is missing")
	}
	return grants, nil
}
