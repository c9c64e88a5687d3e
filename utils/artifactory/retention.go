package artifactory

import (
	"context"
	"errors"
	"net/http"

	"github.com/jfrog/jfrog-client-go/artifactory/services/utils"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Administrator reports whether the user sees everything there is on the server: api/storageinfo answers administrators
// alone (facts: system). A server that refuses it, however it says so, gives no such proof.
func (c *Client) Administrator(ctx context.Context) (bool, error) {
	var summary utils.BinariesSummary
	err := c.with(ctx, call{method: http.MethodGet, path: "api/storageinfo"}, func(s services) error {
		info, err := s.GetStorageInfo()
		if err == nil {
			summary = info.BinariesSummary
		}
		return err
	})
	switch status, _ := failure.Status(err); {
	case err == nil:
		// What else answers 200, such as a page of a proxy, proves nothing.
		return summary != utils.BinariesSummary{}, nil
	case status == http.StatusForbidden, status == http.StatusNotFound, status == http.StatusBadRequest:
		return false, nil
	default:
		return false, err
	}
}

// readCheck is a name that no image has.
const readCheck = "signed-promote-read-check"

// MayRead tells by an error that the user may not read a repository. It asks for something that is not there: Read is
// checked before existence (facts: missing items, rights), so that whoever may not read gets a 403, and no search is
// filtered without a word. A server that hides what one may not read answers as if nothing were there.
func (c *Client) MayRead(ctx context.Context, repo string) error {
	_, err := c.Folders(ctx, repo+"/"+readCheck)
	if errors.Is(err, failure.ErrNotFound) {
		return nil
	}
	return err
}

// Retention reads how many tags a repository keeps. known is false for a user who is no administrator: for those the
// configuration is reduced, or not shown at all (facts: repositories).
func (c *Client) Retention(ctx context.Context, repo string) (r reference.Retention, known bool, err error) {
	var config struct {
		MaxUniqueTags *int `json:"maxUniqueTags"`
		TagRetention  int  `json:"dockerTagRetention"`
	}
	err = c.configuration(ctx, repo, &config)
	if status, _ := failure.Status(err); status == http.StatusForbidden {
		return reference.Retention{}, false, nil
	}
	if err != nil || config.MaxUniqueTags == nil {
		return reference.Retention{}, false, err
	}
	return reference.Retention{MaxUniqueTags: *config.MaxUniqueTags, TagRetention: config.TagRetention}, true, nil
}
