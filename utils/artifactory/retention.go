package artifactory

import (
	"context"
	"net/http"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Retention reads how many tags a repository keeps. known is false for a user who is no administrator: for those the configuration is
// reduced, or not shown at all (facts: repositories).
func (c *Client) Retention(ctx context.Context, repo string) (r reference.Retention, known bool, err error) {
	var config struct {
		MaxUniqueTags *int `json:"maxUniqueTags"`
		TagRetention  int  `json:"dockerTagRetention"`
	}
	err = c.get(ctx, "api/repositories/"+repo, &config)
	if status, _ := failure.Status(err); status == http.StatusForbidden {
		return reference.Retention{}, false, nil
	}
	if err != nil || config.MaxUniqueTags == nil {
		return reference.Retention{}, false, err
	}
	return reference.Retention{MaxUniqueTags: *config.MaxUniqueTags, TagRetention: config.TagRetention}, true, nil
}
