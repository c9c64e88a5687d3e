package artifactory

import (
	"context"
	"errors"
)

// Annotated returns the values of a property by the folders of tags and digests ("<repo>/<path>") of a repository that
// have it. Those may be missing that the user may not read, or that got it a moment ago.
func (c *Client) Annotated(ctx context.Context, repo, key string) (map[string][]string, error) {
	found := map[string][]string{}
	return found, c.annotated(ctx, repo, key, "", found)
}

// annotated asks in 16 parts, by the names of the folders, for what a server trims. Only names with a digest can be
// asked for like that.
func (c *Client) annotated(ctx context.Context, repo, key, digits string, found map[string][]string) error {
	q := Query{
		Where:      All(Where(Repo, Equal, repo), Where(Type, Equal, "folder"), Where(Property(key), Match, "*")),
		Properties: []string{key},
	}
	if digits != "" {
		q.Where = All(q.Where, Where(Name, Match, "*sha256?"+digits+"*"))
	}
	var trimmed *TrimmedError
	for item, err := range c.Search(ctx, q) {
		if errors.As(err, &trimmed) && len(digits) < maxSplit {
			break
		}
		if err != nil {
			return err
		}
		found[item.Location()] = item.Properties[key]
	}
	if trimmed == nil {
		return nil
	}
	for _, next := range "0123456789abcdef" {
		if err := c.annotated(ctx, repo, key, digits+string(next), found); err != nil {
			return err
		}
	}
	return nil
}
