package artifactory

import (
	"context"
	"net/http"

	"github.com/jfrog/gofrog/version"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// sharedLayersKept is the first version in which a promotion that replaces a tag keeps the layers of the former image
// that other tags need (facts: existing target tag).
const sharedLayersKept = "7.117.1"

// KeepsSharedLayers reports whether a promotion may replace a tag without a loss for other tags. A server that does not
// tell its version, or not to this user, is taken for one that may not.
func (c *Client) KeepsSharedLayers(ctx context.Context) (bool, error) {
	var running string
	err := c.with(ctx, call{method: http.MethodGet, path: "api/system/version"}, func(s services) (err error) {
		running, err = s.GetVersion()
		return err
	})
	status, answered := failure.Status(err)
	switch {
	case err == nil:
		return running != "" && version.NewVersion(running).AtLeast(sharedLayersKept), nil
	case answered && status < http.StatusInternalServerError && status != http.StatusTooManyRequests:
		return false, nil
	default:
		return false, err
	}
}
