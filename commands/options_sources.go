package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// sourceOptions name the repositories in which lost attachments may still be.
type sourceOptions struct {
	sourceRepos []string
	searchAll   bool
}

func (*sourceOptions) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("source-repos", "Repositories that may still have what is lacking, such as those that images were promoted from. Separate several by ';'."),
		components.NewBoolFlag("search-all", "Set to true to look for what is lacking in every local docker and oci repository that you may see."),
	}
}

func (o *sourceOptions) parse(c *components.Context) error {
	o.sourceRepos, o.searchAll = listed(c.GetStringFlagValue("source-repos")), c.GetBoolFlagValue("search-all")
	if o.searchAll && len(o.sourceRepos) > 0 {
		return errors.New("--search-all looks everywhere; leave --source-repos out")
	}
	return nil
}

// sources returns the repositories to look in beside repo, after a look whether they are there.
func (o *sourceOptions) sources(ctx context.Context, s *session, repo string) ([]string, error) {
	if !o.searchAll {
		for _, key := range o.sourceRepos {
			if key == repo {
				return nil, fmt.Errorf("--source-repos names %s itself", repo)
			}
			if err := s.engine.CheckRepository(ctx, failure.Source, key); err != nil {
				return nil, err
			}
		}
		return o.sourceRepos, nil
	}
	all, err := s.rest.Repositories(ctx)
	if err != nil {
		return nil, failure.At(failure.Source, err, "the list of repositories cannot be read",
			"Name repositories with --source-repos.")
	}
	all = slices.DeleteFunc(all, func(r reference.Repository) bool { return r.Key == repo || !r.HoldsImages() })
	keys := make([]string, 0, len(all))
	for _, r := range all {
		keys = append(keys, r.Key)
	}
	slices.Sort(keys)
	return keys, nil
}
