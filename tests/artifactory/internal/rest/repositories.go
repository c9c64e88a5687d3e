package rest

import (
	"encoding/json"
	"net/http"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/site"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/web"
)

// newRepository is the body of a creation, as far as the double has such settings.
type newRepository struct {
	Key                   string   `json:"key"`
	Class                 string   `json:"rclass"`
	PackageType           string   `json:"packageType"`
	Description           string   `json:"description"`
	MaxUniqueTags         int      `json:"maxUniqueTags"`
	Repositories          []string `json:"repositories"`
	DefaultDeploymentRepo string   `json:"defaultDeploymentRepo"`
}

// createRepository is for administrators only; a key that is taken is a 400, as the documentation says.
func createRepository(w http.ResponseWriter, q *request, key string) error {
	if !q.user.Admin {
		return fail(http.StatusForbidden, "Forbidden")
	}
	if err := requireJSON(q.Request); err != nil {
		return err
	}
	var body newRepository
	d := json.NewDecoder(q.Body)
	d.DisallowUnknownFields()
	switch err := d.Decode(&body); {
	case err != nil:
		return fail(http.StatusBadRequest, "Illegal body: %v", err)
	case body.Class == "" || body.Key != "" && body.Key != key:
		return fail(http.StatusBadRequest, "rclass is missing, or the key is another one")
	}
	if _, taken := q.site.Repo(key); taken {
		return fail(http.StatusBadRequest, "Case insensitive repository key already exists")
	}
	err := q.site.Store.Update(q.Context(), func(t *storage.Tree) error {
		q.site.AddRepository(t, site.Repository{
			Key: key, Class: body.Class, PackageType: body.PackageType, Description: body.Description,
			MaxUniqueTags: body.MaxUniqueTags, Members: body.Repositories, DefaultDeployment: body.DefaultDeploymentRepo,
		})
		return nil
	})
	if err == nil {
		web.Text(w, http.StatusOK, "Successfully created repository '"+key+"' \n")
	}
	return err
}

// deleteRepository removes a repository with everything in it.
func deleteRepository(w http.ResponseWriter, q *request, key string) error {
	if !q.user.Admin {
		return fail(http.StatusForbidden, "Forbidden")
	}
	if r, ok := q.site.Repo(key); !ok || r.Class == site.Cache {
		return fail(http.StatusNotFound, "Could not find repository '%s'", key)
	}
	err := q.site.Store.Update(q.Context(), func(t *storage.Tree) error {
		q.site.RemoveRepository(t, key)
		return nil
	})
	if err == nil {
		web.Text(w, http.StatusOK, "Repository "+key+" and all its content have been removed successfully.")
	}
	return err
}
