package option

import (
	"errors"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/selection"
)

// Selection narrows down what a pattern means, as in jf rt copy.
type Selection struct {
	Filter   selection.Filter
	FailFast bool
}

// Flags declares the options.
func (*Selection) Flags() []components.Flag {
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

// Parse reads and checks the values.
func (o *Selection) Parse(c *components.Context) (err error) {
	o.FailFast = c.GetBoolFlagValue("fail-fast")
	o.Filter.Exclusions = List(c.GetStringFlagValue("exclusions"))
	if o.Filter.Properties, err = selection.ParseProperties(c.GetStringFlagValue("props")); err != nil {
		return errors.New("--props: " + err.Error())
	}
	if o.Filter.ExcludedProperties, err = selection.ParseProperties(c.GetStringFlagValue("exclude-props")); err != nil {
		return errors.New("--exclude-props: " + err.Error())
	}
	if o.Filter.Limit, err = number(c, "limit", 1, 0); err != nil {
		return err
	}
	return o.parseSort(c)
}

func (o *Selection) parseSort(c *components.Context) error {
	for _, field := range List(c.GetStringFlagValue("sort-by")) {
		known, err := OneOf("sort-by", field, sortFields())
		if err != nil {
			return err
		}
		o.Filter.Sort = append(o.Filter.Sort, artifactory.Field(known))
	}
	order := c.GetStringFlagValue("sort-order")
	if order == "" {
		order = "asc"
	}
	order, err := OneOf("sort-order", order, []string{"asc", "desc"})
	o.Filter.Descending = order == "desc"
	return err
}

// List cuts a list at its semicolons; jf takes an empty one for none.
func List(value string) []string {
	var list []string
	for _, one := range strings.Split(value, ";") {
		if one != "" {
			list = append(list, one)
		}
	}
	return list
}
