package artifactory

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// maxProperties bounds what one request sets, in bytes: it stands in the address, which servers and proxies cut at
// about 8,000.
const maxProperties = 3000

// Properties reads all properties of a file or folder ("<repo>/<path>"). One that has none, and one that is not there,
// are both answered with 404 (contract properties-none), which is no properties here: callers know that the path
// exists.
func (c *Client) Properties(ctx context.Context, path string) (map[string][]string, error) {
	var properties map[string][]string
	k := call{method: http.MethodGet, path: "api/storage/" + path, query: url.Values{"properties": {""}}}
	err := c.with(ctx, k, func(s services) error {
		item, err := s.GetItemProps(path)
		if err == nil && item != nil {
			properties = item.Properties
		}
		return err
	})
	if errors.Is(err, failure.ErrNotFound) {
		return nil, nil
	}
	return properties, err
}

// SetProperties sets properties of a file and keeps its others. It needs the Annotate permission.
func (c *Client) SetProperties(ctx context.Context, path string, properties map[string][]string) error {
	for _, some := range portions(properties) {
		query := url.Values{"properties": {some}, "recursive": {"0"}}
		k := call{
			method: http.MethodPut, path: "api/storage/" + path, query: query,
			accepted: []int{http.StatusNoContent, http.StatusOK},
		}
		// client-go's service takes paths from a file of search results, and cannot set an empty value.
		if err := c.direct(ctx, k, nil); err != nil {
			return err
		}
	}
	return nil
}

// DeleteProperties takes properties from a folder or file, and leaves what is in the folder as it is. It needs the
// Annotate permission. What is not there has none.
func (c *Client) DeleteProperties(ctx context.Context, path string, keys ...string) error {
	query := url.Values{"properties": {strings.Join(keys, ",")}, "recursive": {"0"}}
	err := c.direct(ctx, call{
		method: http.MethodDelete, path: "api/storage/" + path, query: query,
		accepted: []int{http.StatusNoContent, http.StatusOK},
	}, nil)
	if errors.Is(err, failure.ErrNotFound) {
		return nil
	}
	return err
}

// portions writes properties as the server reads them, "key=value,value;key=value", in as many parts as fit into an
// address.
func portions(properties map[string][]string) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		pair := key + "=" + strings.Join(escaped(properties[key]), ",")
		last := len(all) - 1
		if last >= 0 && len(all[last])+len(pair) < maxProperties {
			all[last] += ";" + pair
			continue
		}
		all = append(all, pair)
	}
	return all
}

// escaped guards the characters that separate properties and values (contract properties-set).
func escaped(values []string) []string {
	special := strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `=`, `\=`, `;`, `\;`)
	all := make([]string, 0, len(values))
	for _, v := range values {
		all = append(all, special.Replace(v))
	}
	return all
}

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
