package artifactory

import (
	"context"
	"net/http"
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
