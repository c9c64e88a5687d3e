package commands

import (
	"errors"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// selectionOptions narrow down what a pattern means, as in jf rt copy.
type selectionOptions struct {
	filter   selection.Filter
	failFast bool
}

func (*selectionOptions) flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("exclusions", "List of semicolon-separated exclusions: patterns of images, of images and tags, or of paths. They can include the * and the ? wildcards."),
		components.NewStringFlag("props", "List of semicolon-separated properties, in the form of key=value. Only images whose manifest file has all of them are affected."),
		components.NewStringFlag("exclude-props", "List of semicolon-separated properties, in the form of key=value. Only images whose manifest file has not all of them are affected."),
		components.NewStringFlag("limit", "The maximum number of images to fetch. Usually used with the 'sort-by' option."),
		components.NewStringFlag("sort-by", "List of semicolon-separated fields of the manifest file to sort by: "+strings.Join(sortFields(), ", ")+"."),
		components.NewStringFlag("sort-order", "The order by which fields in the 'sort-by' option should be sorted. Accepts 'asc' or 'desc'.", components.WithStrDefaultValue("asc")),
		components.NewBoolFlag("fail-fast", "Set to true to begin with no further image once one has failed or was refused."),
	}
}

func sortFields() []string {
	return []string{"created", "modified", "name", "path", "repo", "size", "updated"}
}

func (o *selectionOptions) parse(c *components.Context) (err error) {
	o.failFast = c.GetBoolFlagValue("fail-fast")
	o.filter.Exclusions = listed(c.GetStringFlagValue("exclusions"))
	if o.filter.Properties, err = selection.ParseProperties(c.GetStringFlagValue("props")); err != nil {
		return errors.New("--props: " + err.Error())
	}
	if o.filter.ExcludedProperties, err = selection.ParseProperties(c.GetStringFlagValue("exclude-props")); err != nil {
		return errors.New("--exclude-props: " + err.Error())
	}
	if o.filter.Limit, err = number(c, "limit", 1, 0); err != nil {
		return err
	}
	return o.parseSort(c)
}

func (o *selectionOptions) parseSort(c *components.Context) error {
	for _, field := range listed(c.GetStringFlagValue("sort-by")) {
		known, err := oneOf("sort-by", field, sortFields())
		if err != nil {
			return err
		}
		o.filter.Sort = append(o.filter.Sort, artifactory.Field(known))
	}
	order := c.GetStringFlagValue("sort-order")
	if order == "" {
		order = "asc"
	}
	order, err := oneOf("sort-order", order, []string{"asc", "desc"})
	o.filter.Descending = order == "desc"
	return err
}

// listed cuts a list at its semicolons; jf takes an empty one for none.
func listed(value string) []string {
	var list []string
	for _, one := range strings.Split(value, ";") {
		if one != "" {
			list = append(list, one)
		}
	}
	return list
}
