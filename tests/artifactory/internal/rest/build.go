package rest

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/build"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/buildpromotion"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/mover"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

const (
	typePromotionRequest = "application/vnd.org.jfrog.artifactory.build.PromotionRequest+json"
	typeBuildInfo        = "application/vnd.org.jfrog.artifactory+json"
)

// builds answers PUT /api/build, GET /api/build/{name}/{number} and POST /api/build/promote/{name}/{number}, all with
// ?project=. A slash in a name is escaped. Permissions on builds themselves are not modelled: nothing is known
// of them.
func builds(w http.ResponseWriter, q *request) error {
	query, err := q.query("project")
	if err != nil {
		return err
	}
	if q.user.IsAnonymous() {
		return access.ErrNoCredentials
	}
	_, rest, _ := strings.Cut(q.URL.EscapedPath(), "/api/build")
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	for i, part := range parts {
		if parts[i], err = url.PathUnescape(part); err != nil {
			return fail(http.StatusBadRequest, "Illegal path: %s", part)
		}
	}
	switch {
	case q.Method == http.MethodPut && rest == "":
		return q.publish(w, query["project"])
	case q.Method == http.MethodGet && len(parts) == 2:
		return q.buildInfo(w, query["project"], parts[0], parts[1])
	case q.Method == http.MethodPost && len(parts) == 3 && parts[0] == "promote":
		return q.promoteBuild(w, query["project"], parts[1], parts[2])
	default:
		return unknownAPI(w, q)
	}
}

func (q *request) publish(w http.ResponseWriter, project string) error {
	content, err := q.typed(typeBuildInfo)
	if err != nil {
		return err
	}
	if err := q.site.Builds.Publish(project, content); err != nil {
		return fail(http.StatusBadRequest, "%v", err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// typed reads a body of a JFrog type or of plain JSON.
func (q *request) typed(mediaType string) ([]byte, error) {
	got, _, err := mime.ParseMediaType(q.Header.Get("Content-Type"))
	if err != nil || got != strings.ToLower(mediaType) && got != "application/json" {
		return nil, fail(http.StatusUnsupportedMediaType, "Unsupported Media Type: %q, want %s", q.Header.Get("Content-Type"),
			mediaType)
	}
	return io.ReadAll(q.Body)
}

func noBuild(name, number string) error {
	return fail(http.StatusNotFound, "No build was found for build name: %s, build number: %s ", name, number)
}

func (q *request) buildInfo(w http.ResponseWriter, project, name, number string) error {
	_, document, ok := q.site.Builds.Find(project, name, number)
	if !ok {
		return noBuild(name, number)
	}
	web.JSON(w, http.StatusOK, "application/vnd.org.jfrog.build.BuildInfo+json", map[string]any{
		"buildInfo": document, "uri": q.base() + "/api/build/" + url.PathEscape(name) + "/" + url.PathEscape(number),
	})
	return nil
}

// buildPromotion is the body; its defaults are the server's.
type buildPromotion struct {
	Status       string              `json:"status"`
	Comment      string              `json:"comment"`
	CIUser       string              `json:"ciUser"`
	Timestamp    string              `json:"timestamp"`
	DryRun       bool                `json:"dryRun"`
	SourceRepo   string              `json:"sourceRepo"`
	TargetRepo   string              `json:"targetRepo"`
	Copy         bool                `json:"copy"`
	Artifacts    bool                `json:"artifacts"`
	Dependencies bool                `json:"dependencies"`
	Scopes       []string            `json:"scopes"`
	Properties   map[string][]string `json:"properties"`
	FailFast     bool                `json:"failFast"`
}

func (q *request) promoteBuild(w http.ResponseWriter, project, name, number string) error {
	content, err := q.typed(typePromotionRequest)
	if err != nil {
		return err
	}
	body := buildPromotion{Artifacts: true, FailFast: true}
	if err := json.Unmarshal(content, &body); err != nil {
		return fail(http.StatusBadRequest, "Cannot read the promotion: %v", err)
	}
	info, _, ok := q.site.Builds.Find(project, name, number)
	if !ok {
		return noBuild(name, number)
	}
	messages, ok := []mover.Message{}, true
	if body.TargetRepo != "" {
		target, known := q.site.Repo(body.TargetRepo)
		if !known || !target.Stores() {
			return fail(http.StatusBadRequest, "Cannot find target repository by the key '%s'", body.TargetRepo)
		}
		messages, ok = buildpromotion.Run(q.Context(), q.site.Store, q.promotion(info, target, body))
	}
	if ok && body.Status != "" && !body.DryRun {
		q.site.Builds.AddStatus(project, name, number, build.Status{
			Status: body.Status, Comment: body.Comment, Repository: body.TargetRepo, Timestamp: time.Now().UTC().Format("2006-01-02T15:04:05.000-0700"),
			User: q.user.Name, CIUser: body.CIUser,
		})
	}
	status := http.StatusOK
	if !ok {
		status = http.StatusBadRequest
	}
	web.JSON(w, status, "application/vnd.org.jfrog.artifactory.build.PromotionResult+json",
		map[string]any{"messages": messages})
	return nil
}

func (q *request) promotion(info build.Info, target site.Repository, body buildPromotion) buildpromotion.Promotion {
	return buildpromotion.Promotion{
		Info: info, SourceRepo: body.SourceRepo, Target: target, Copy: body.Copy, DryRun: body.DryRun, FailFast: body.FailFast,
		Artifacts: body.Artifacts, Dependencies: body.Dependencies, Scopes: body.Scopes, Properties: body.Properties, User: q.user,
		OneMatch: q.knobs.BuildTakesOneMatch,
	}
}
