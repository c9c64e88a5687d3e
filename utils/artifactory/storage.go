package artifactory

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Folders lists the names of the folders in a folder of a repository ("<repo>/<path>"), in the server's order. Missing is
// failure.ErrNotFound. For one who may read it, folder info is complete, unlike a search.
func (c *Client) Folders(ctx context.Context, path string) ([]string, error) {
	var info struct {
		Children []struct {
			URI    string `json:"uri"`
			Folder bool   `json:"folder"`
		} `json:"children"`
	}
	if err := c.get(ctx, "api/storage/"+path, &info); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(info.Children))
	for _, child := range info.Children {
		if child.Folder {
			names = append(names, strings.TrimPrefix(child.URI, "/"))
		}
	}
	return names, nil
}

// Delete removes a file or folder ("<repo>/<path>"). Nothing there is failure.ErrNotFound.
func (c *Client) Delete(ctx context.Context, path string) error {
	_, err := c.send(ctx, call{method: http.MethodDelete, path: path}, http.StatusNoContent, http.StatusOK)
	return err
}

// SetProperties sets properties of a file and keeps its others. It needs the Annotate permission.
func (c *Client) SetProperties(ctx context.Context, path string, properties map[string]string) error {
	pairs := make([]string, 0, len(properties))
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		pairs = append(pairs, key+"="+escape(properties[key]))
	}
	query := url.Values{"properties": {strings.Join(pairs, ";")}, "recursive": {"0"}}
	_, err := c.send(ctx, call{method: http.MethodPut, path: "api/storage/" + path, query: query}, http.StatusNoContent, http.StatusOK)
	return err
}

// escape guards the characters that separate properties (facts: properties).
func escape(value string) string {
	return strings.NewReplacer(`\`, `\\`, `,`, `\,`, `|`, `\|`, `=`, `\=`, `;`, `\;`).Replace(value)
}
