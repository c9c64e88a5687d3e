package artifactory

import (
	"context"
	"strings"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// Repositories lists the repositories that the user may see.
func (c *Client) Repositories(ctx context.Context) ([]reference.Repository, error) {
	var list []struct {
		Key         string `json:"key"`
		Type        string `json:"type"`
		PackageType string `json:"packageType"`
	}
	if err := c.get(ctx, "api/repositories", &list); err != nil {
		return nil, err
	}
	all := make([]reference.Repository, 0, len(list))
	for _, r := range list {
		all = append(all, reference.Repository{Key: r.Key, Class: strings.ToLower(r.Type), PackageType: strings.ToLower(r.PackageType)})
	}
	return all, nil
}
