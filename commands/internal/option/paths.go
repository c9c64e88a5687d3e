package option

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/wildcard"
)

// Paths says which images of a repository are meant.
type Paths struct {
	Include, Exclude []wildcard.Pattern
}

// Flags declares the options.
func (*Paths) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("include", "Patterns of image paths to look at; * stands for any characters, slashes too. Separate several by ';'."),
		components.NewStringFlag("exclude", "Patterns of image paths to leave out. Separate several by ';'."),
	}
}

// Parse reads and checks the values.
func (o *Paths) Parse(c *components.Context) error {
	o.Include, o.Exclude = patterns(c.GetStringFlagValue("include")), patterns(c.GetStringFlagValue("exclude"))
	return nil
}

func patterns(value string) []wildcard.Pattern {
	texts := List(value)
	all := make([]wildcard.Pattern, 0, len(texts))
	for _, text := range texts {
		all = append(all, wildcard.New(text))
	}
	return all
}

// Changed leaves out what is old.
type Changed struct {
	Since time.Time
}

// Flags declares the options.
func (*Changed) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("since", "Look only at tags that came or changed since then: a date (2026-01-31), a time (2026-01-31T12:00:00Z) or a duration (30d, 12h)."),
	}
}

// Parse reads and checks the values.
func (o *Changed) Parse(c *components.Context) error {
	value := c.GetStringFlagValue("since")
	if value == "" {
		return nil
	}
	if ago, err := Age(value); err == nil {
		o.Since = time.Now().Add(-ago)
		return nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if at, err := time.Parse(layout, value); err == nil {
			o.Since = at
			return nil
		}
	}
	return fmt.Errorf("--since must be a date such as 2026-01-31, a time such as 2026-01-31T12:00:00Z or a duration such as 30d, not %q", value)
}

// Age reads a duration as Go writes it, or a number of days or weeks.
func Age(value string) (time.Duration, error) {
	for unit, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if digits, found := strings.CutSuffix(value, unit); found {
			n, err := strconv.ParseUint(digits, 10, 16)
			return time.Duration(n) * length, err
		}
	}
	d, err := time.ParseDuration(value)
	if err == nil && d < 0 {
		return 0, fmt.Errorf("%q lies in the future", value)
	}
	return d, err
}
