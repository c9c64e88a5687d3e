package rest

import (
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// system answers /api/system/ping and /api/system/version (contract system-ping, system-version).
func system(w http.ResponseWriter, q *request) error {
	switch {
	case q.Method != http.MethodGet:
		return methodNotAllowed(q.Request)
	case q.repo == "ping" && q.path == "":
		web.Text(w, http.StatusOK, "OK")
	case q.repo == "version" && q.path == "":
		web.JSON(w, http.StatusOK, "application/json", map[string]any{
			"version": q.knobs.Version, "revision": "71104900", "addons": []string{"docker", "aql"}, "license": "",
		})
	default:
		return unknownAPI(w, q)
	}
	return nil
}

// storageSummary answers /api/storageinfo, which is for administrators alone (contract rights-storageinfo).
func storageSummary(w http.ResponseWriter, q *request) error {
	switch {
	case q.repo+q.path != "":
		return unknownAPI(w, q)
	case q.Method != http.MethodGet:
		return methodNotAllowed(q.Request)
	case !q.user.Admin:
		return fail(http.StatusForbidden, "Forbidden")
	}
	web.JSON(w, http.StatusOK, "application/json", map[string]any{
		"binariesSummary": map[string]string{
			"binariesCount": "1",
			"binariesSize":  "1 bytes",
		}, "repositoriesSummaryList": []any{},
	})
	return nil
}

// repositories answers the list and single configurations (contract repository-list, repository-configuration). The
// list writes types in capitals, the configuration in small letters, as the real server does.
func repositories(w http.ResponseWriter, q *request) error {
	query, err := q.query("type", "packageType", "project")
	if err != nil {
		return err
	}
	key := q.path
	switch {
	case q.repo != "" || strings.Contains(key, "/"):
		return unknownAPI(w, q)
	case key != "" && q.Method == http.MethodPut:
		return createRepository(w, q, key)
	case key != "" && q.Method == http.MethodDelete:
		return deleteRepository(w, q, key)
	case q.Method != http.MethodGet:
		return methodNotAllowed(q.Request)
	case key == "":
		web.JSON(w, http.StatusOK, "application/json", q.repositoryList(query))
		return nil
	}
	r, ok := q.site.Repo(key)
	if !ok || r.Class == site.Cache {
		return fail(http.StatusBadRequest, "Bad Request")
	}
	if !q.user.Admin && !q.seesRepository(r) {
		return fail(http.StatusForbidden, "Forbidden")
	}
	web.JSON(w, http.StatusOK, "application/json", q.configuration(r))
	return nil
}

func (q *request) seesRepository(r site.Repository) bool {
	if q.user.Sees(r.Key) {
		return true
	}
	for _, key := range q.site.Stored(r.Key) {
		if q.user.Sees(key) {
			return true
		}
	}
	return false
}

func (q *request) repositoryList(query map[string]string) []map[string]string {
	out := []map[string]string{}
	for _, r := range q.site.Repos() {
		if !q.seesRepository(r) || !matches(query["type"], r.Class) || !matches(query["packageType"], r.PackageType) {
			continue
		}
		out = append(out, map[string]string{
			"key": r.Key, "description": r.Description, "type": strings.ToUpper(r.Class), "url": q.base() + "/" + r.Key,
			"packageType": strings.ToUpper(r.PackageType[:1]) + r.PackageType[1:],
		})
	}
	return out
}

func matches(wanted, value string) bool { return wanted == "" || strings.EqualFold(wanted, value) }

// configuration is reduced for users that are no administrators, unless the knob shows it.
func (q *request) configuration(r site.Repository) map[string]any {
	out := map[string]any{
		"key": r.Key, "rclass": r.Class, "packageType": r.PackageType, "description": r.Description, "url": q.base() + "/" + r.Key,
	}
	if !q.user.Admin && !q.knobs.ConfigurationShown {
		return out
	}
	out["includesPattern"], out["excludesPattern"] = patterns(r.Includes, "**/*"), patterns(r.Excludes, "")
	if r.Class == site.Virtual {
		out["repositories"], out["defaultDeploymentRepo"] = r.Members, r.DefaultDeployment
		return out
	}
	out["dockerApiVersion"], out["maxUniqueTags"] = "V2", r.MaxUniqueTags
	out["blockPushingSchema1"], out["dockerTagRetention"], out["xrayIndex"] = true, 1, false
	return out
}

func patterns(list []string, none string) string {
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, ",")
}
