package rest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/mover"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/traffic"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

const typeCopyResult = "application/vnd.org.jfrog.artifactory.storage.CopyOrMoveResult+json"

func copyItem(w http.ResponseWriter, q *request) error { return transfer(w, q, false) }

func moveItem(w http.ResponseWriter, q *request) error { return transfer(w, q, true) }

// transfer answers POST /api/copy and /api/move.
func transfer(w http.ResponseWriter, q *request, move bool) error {
	query, err := q.query("to", "dry", "suppressLayouts", "failFast", "atomic")
	if err != nil {
		return err
	}
	if q.Method != http.MethodPost {
		return methodNotAllowed(q.Request)
	}
	if q.user.IsAnonymous() {
		return access.ErrNoCredentials
	}
	for _, flag := range []string{"dry", "suppressLayouts", "failFast"} {
		if !slices.Contains([]string{"", "0", "1"}, query[flag]) {
			return fail(http.StatusBadRequest, "Illegal value of %s: %s", flag, query[flag])
		}
	}
	targetRepo, targetPath, _ := strings.Cut(strings.Trim(query["to"], "/"), "/")
	if targetRepo == "" {
		return fail(http.StatusBadRequest, "Target is missing")
	}
	target, result, err := q.transferEnds(targetRepo)
	if err != nil {
		return err
	}
	if result.LastCode == 0 {
		result, err = q.transfer(targetPath, mover.Options{
			Move: move, DryRun: query["dry"] == "1", FailFast: query["failFast"] == "1",
			MultiTx: q.knobs.CopyMultiTx, User: q.user, Target: target,
			LeavesOut: func(file string) bool { return traffic.LeavesOut(q.Context(), target.Key+"/"+file) },
		})
	}
	if err == nil {
		web.JSON(w, q.transferStatus(result), typeCopyResult, result)
	}
	return err
}

// transferEnds checks both repositories. Classes that the mover cannot handle are 409 with a message (contract
// copy-error-status).
func (q *request) transferEnds(targetKey string) (site.Repository, mover.Result, error) {
	source, ok := q.site.Repo(q.repo)
	if !ok {
		return site.Repository{}, mover.Result{}, notFound(q.repo + "/" + q.path)
	}
	target, ok := q.site.Repo(targetKey)
	if !ok {
		return target, mover.Result{}, notFound(targetKey)
	}
	if !source.Stores() && source.Class != site.Cache {
		return target, unsuitable(source), nil
	}
	if !target.Stores() {
		return target, unsuitable(target), nil
	}
	return target, mover.Result{}, nil
}

func unsuitable(r site.Repository) mover.Result {
	return mover.Result{LastCode: http.StatusConflict, Messages: []mover.Message{
		{Level: "ERROR", Message: "Repository '" + r.Key + "' (" + r.Class + ") is not a local repository"},
	}}
}

func (q *request) transfer(targetPath string, o mover.Options) (result mover.Result, err error) {
	err = q.site.Store.Update(q.Context(), func(t *storage.Tree) error {
		source := t.Lookup(q.repo, q.path)
		switch {
		case source != nil && !q.sees(source), source == nil && !q.user.May(access.Read, q.repo, q.path):
			return q.denied(access.Read, q.repo, q.path)
		case source == nil:
			return notFound(q.repo + "/" + q.path)
		}
		result = mover.Run(t, source, targetPath, o)
		return nil
	})
	return result, err
}

// transferStatus applies the knob CopyErrorStatus.
func (q *request) transferStatus(r mover.Result) int {
	switch {
	case r.LastCode == 0:
		return http.StatusOK
	case q.knobs.CopyErrorStatus != 0:
		return q.knobs.CopyErrorStatus
	default:
		return r.LastCode
	}
}
