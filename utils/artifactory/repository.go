package artifactory

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/jfrog/gofrog/version"
	"github.com/jfrog/jfrog-client-go/artifactory/services/utils"

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

// Administrator reports whether the user sees everything there is on the server: api/storageinfo answers administrators
// alone (contract rights-storageinfo). A server that refuses it, however it says so, gives no such proof.
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
// checked before existence (contract rights-read-absent), so that whoever may not read gets a 403, and no search is
// filtered without a word. A server that hides what one may not read answers as if nothing were there.
func (c *Client) MayRead(ctx context.Context, repo string) error {
	_, err := c.Folders(ctx, repo+"/"+readCheck)
	if errors.Is(err, failure.ErrNotFound) {
		return nil
	}
	return err
}

// Retention reads how many tags a repository keeps. known is false for a user who is no administrator: for those the
// configuration is reduced, or not shown at all (contract rights-configuration).
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

// sharedLayersKept is the first version in which a promotion that replaces a tag keeps the layers of the former image
// that other tags need (contract promote-keeps-shared-layers).
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
