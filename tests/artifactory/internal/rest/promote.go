package rest

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/promote"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// promotion is the body of a promotion: exactly these six fields; an empty string is as good as none (contract
// promote-empty-fields).
type promotion struct {
	TargetRepo             string   `json:"targetRepo"`
	DockerRepository       string   `json:"dockerRepository"`
	TargetDockerRepository string   `json:"targetDockerRepository"`
	Tag                    string   `json:"tag"`
	TargetTag              string   `json:"targetTag"`
	Copy                   flexBool `json:"copy"`
}

// flexBool is a boolean that may come as a string.
type flexBool bool

// UnmarshalJSON implements json.Unmarshaler.
func (b *flexBool) UnmarshalJSON(raw []byte) error {
	return json.Unmarshal([]byte(strings.Trim(string(raw), `"`)), (*bool)(b))
}

// promoteImage answers POST /api/docker/<repo>/v2/promote; the registry API below that path is answered elsewhere.
func promoteImage(w http.ResponseWriter, q *request) error {
	if q.path != "v2/promote" {
		return unknownAPI(w, q)
	}
	if q.Method != http.MethodPost {
		return methodNotAllowed(q.Request)
	}
	if _, err := q.query(); err != nil {
		return err
	}
	if q.user.IsAnonymous() {
		return access.ErrNoCredentials
	}
	r, err := q.readPromotion()
	if err != nil {
		return err
	}
	if err := q.checkPromotion(r); err != nil {
		return err
	}
	if err := q.promote(r); err != nil {
		return err
	}
	answerPromotion(w, q.knobs.PromoteBody)
	return nil
}

func (q *request) readPromotion() (promote.Request, error) {
	if err := requireJSON(q.Request); err != nil {
		return promote.Request{}, err
	}
	var body promotion
	d := json.NewDecoder(q.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&body); err != nil {
		return promote.Request{}, fail(http.StatusBadRequest, "Illegal body: %v", err)
	}
	if body.TargetRepo == "" || body.DockerRepository == "" {
		return promote.Request{}, fail(http.StatusBadRequest, "targetRepo and dockerRepository are required")
	}
	return promote.Request{
		SourceRepo: q.repo, SourceImage: body.DockerRepository, SourceTag: body.Tag,
		TargetRepo: body.TargetRepo, TargetImage: cmp.Or(body.TargetDockerRepository, body.DockerRepository),
		TargetTag: cmp.Or(body.TargetTag, body.Tag), Copy: bool(body.Copy), User: q.user, Knobs: q.knobs,
	}, nil
}

// checkPromotion checks everything that does not need the tree (contract promote-missing-target).
func (q *request) checkPromotion(r promote.Request) error {
	source, ok := q.site.Repo(r.SourceRepo)
	if !ok {
		return fail(http.StatusNotFound, "Could not find repository '%s'", r.SourceRepo)
	}
	target, ok := q.site.Repo(r.TargetRepo)
	if !ok {
		return fail(http.StatusNotFound, "Could not find repository '%s'", r.TargetRepo)
	}
	for _, repo := range []site.Repository{source, target} {
		if !repo.Stores() || !repo.IsDocker() {
			return fail(http.StatusBadRequest, "Repository '%s' is not a local docker repository", repo.Key)
		}
	}
	switch {
	case source.PackageType != target.PackageType:
		return fail(http.StatusBadRequest, "Repositories '%s' and '%s' are of different package types", source.Key,
			target.Key)
	case q.knobs.PromoteRefusesOCI && r.SourceTag != "" && (source.PackageType == "oci" || source.Class == site.Federated):
		return fail(http.StatusBadRequest, "Bad Request")
	case r.TargetTag != "" && !layout.ValidTag(r.TargetTag), !layout.ValidImage(r.TargetImage):
		return fail(http.StatusBadRequest, "Illegal name: %s:%s", r.TargetImage, r.TargetTag)
	case r.SourceRepo == r.TargetRepo && r.SourceImage == r.TargetImage && r.SourceTag == r.TargetTag:
		return fail(http.StatusBadRequest, "Source and target are the same")
	default:
		return nil
	}
}

// promote plans and runs. A missing source is a 404 that looks as if the endpoint did not exist (contract
// promote-missing-source).
func (q *request) promote(r promote.Request) error {
	var steps []promote.Step
	var err error
	q.site.Store.View(func(t *storage.Tree) {
		if !promote.Exists(t, r) {
			err = fail(http.StatusNotFound, "Unable to find tag '%s' of '%s' in repository '%s'", r.SourceTag, r.SourceImage,
				r.SourceRepo)
			return
		}
		steps = promote.Plan(t, r)
		err = q.permitted(t, steps)
	})
	if err != nil {
		return err
	}
	target, _ := q.site.Repo(r.TargetRepo)
	return promote.Run(q.Context(), q.site.Store, r, target.MaxUniqueTags, steps)
}

func (q *request) permitted(t *storage.Tree, steps []promote.Step) error {
	err := promote.Permitted(t, q.user, steps)
	var denied *promote.DeniedError
	if errors.As(err, &denied) {
		return q.denied(denied.Action, denied.Repo, denied.Path)
	}
	for _, s := range steps {
		if target, _ := q.site.Repo(s.Repo); err == nil && !s.Delete && !target.Accepts(s.Path) {
			return fail(http.StatusForbidden, "The repository '%s' rejected '%s' due to its include/exclude patterns.", s.Repo,
				s.Path)
		}
	}
	return err
}

// answerPromotion writes the answer of a success in one of its forms (contract promote-answer).
func answerPromotion(w http.ResponseWriter, form knobs.PromoteBody) {
	switch form {
	case knobs.PromoteText:
		web.Text(w, http.StatusOK, "Promotion ended successfully")
	case knobs.PromoteEmpty:
		w.WriteHeader(http.StatusOK)
	case knobs.PromoteJSON:
		web.JSON(w, http.StatusOK, "application/json", map[string]any{
			"status": "success", "messages": []map[string]string{{"level": "INFO", "message": "Promotion ended successfully"}},
		})
	}
}
