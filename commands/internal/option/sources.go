package option

import (
	"errors"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
)

// Sources names the repositories in which lost attachments may still be.
type Sources struct {
	SourceRepos []string
	SearchAll   bool
}

// Flags declares the options.
func (*Sources) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("source-repos", "Repositories that may still have what is lacking, such as those that images were promoted from. Separate several by ';'."),
		components.NewBoolFlag("search-all", "Set to true to look for what is lacking in every local docker and oci repository that you may see."),
	}
}

// Parse reads and checks the values.
func (o *Sources) Parse(c *components.Context) error {
	o.SourceRepos, o.SearchAll = List(c.GetStringFlagValue("source-repos")), c.GetBoolFlagValue("search-all")
	if o.SearchAll && len(o.SourceRepos) > 0 {
		return errors.New("--search-all looks everywhere; leave --source-repos out")
	}
	return nil
}
