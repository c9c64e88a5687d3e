package artifactory

import (
	"context"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Repository asks what kind of repository key is. A repository that does not exist is failure.ErrNotFound, though the
// server says 400. A user who may not read a repository's configuration (403) is served from the list of repositories.
func (c *Client) Repository(ctx context.Context, key string) (reference.Repository, error) {
	var config struct {
		Class       string `json:"rclass"`
		PackageType string `json:"packageType"`
		MaxTags     int    `json:"maxUniqueTags"`
	}
	err := c.configuration(ctx, key, &config)
	switch status, _ := failure.Status(err); {
	case err == nil:
		return reference.Repository{
			Key: key, Class: strings.ToLower(config.Class),
			PackageType: strings.ToLower(config.PackageType), MaxUniqueTags: config.MaxTags,
		}, nil
	case status == http.StatusBadRequest:
		return reference.Repository{}, failure.ErrNotFound
	case status == http.StatusForbidden:
		return c.listed(ctx, key, err)
	default:
		return reference.Repository{}, err
	}
}

// listed looks for key in the list of repositories; if it is not there either, the refusal of the first call stands.
func (c *Client) listed(ctx context.Context, key string, refusal error) (reference.Repository, error) {
	all, err := c.Repositories(ctx)
	if err != nil {
		return reference.Repository{}, err
	}
	for _, r := range all {
		if r.Key == key {
			return r, nil
		}
	}
	return reference.Repository{}, refusal
}
