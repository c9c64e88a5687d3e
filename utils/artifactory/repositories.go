package artifactory

import (
	"context"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// Repositories lists the repositories that the user may see.
func (c *Client) Repositories(ctx context.Context) ([]reference.Repository, error) {
	var all []reference.Repository
	err := c.with(ctx, call{method: http.MethodGet, path: "api/repositories"}, func(s services) error {
		list, err := s.GetAllRepositories()
		if err != nil {
			return err
		}
		for _, r := range *list {
			all = append(all, reference.Repository{
				Key: r.Key, Class: strings.ToLower(r.Type),
				PackageType: strings.ToLower(r.PackageType),
			})
		}
		return nil
	})
	return all, err
}

// configuration reads what the user may see of a repository's configuration into own, a struct of the fields that are
// wanted.
func (c *Client) configuration(ctx context.Context, key string, own any) error {
	k := call{method: http.MethodGet, path: "api/repositories/" + key}
	return c.with(ctx, k, func(s services) error { return s.GetRepository(key, own) })
}
