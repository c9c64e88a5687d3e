package artifactory

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
)

// Folders lists the names of the folders in a folder of a repository ("<repo>/<path>"), in the server's order. Missing
// is failure.ErrNotFound. For one who may read it, folder info is complete, unlike a search.
func (c *Client) Folders(ctx context.Context, path string) ([]string, error) {
	_, folders, err := c.Contents(ctx, path)
	return folders, err
}

// Contents is Folders with the names of the files, too.
func (c *Client) Contents(ctx context.Context, path string) (files, folders []string, err error) {
	k := call{method: http.MethodGet, path: "api/storage/" + path}
	err = c.with(ctx, k, func(s services) error {
		info, err := s.FolderInfo(path)
		if err != nil {
			return err
		}
		for _, child := range info.Children {
			if name := strings.TrimPrefix(child.Uri, "/"); child.Folder {
				folders = append(folders, name)
			} else {
				files = append(files, name)
			}
		}
		return nil
	})
	return files, folders, err
}

// FileInfo reads what the server keeps of a file ("<repo>/<path>") beside its content.
func (c *Client) FileInfo(ctx context.Context, path string) (manifest.Info, error) {
	k := call{method: http.MethodGet, path: "api/storage/" + path}
	info := manifest.Info{Path: path}
	err := c.with(ctx, k, func(s services) error {
		found, err := s.FileInfo(path)
		if err != nil {
			return err
		}
		info.Created, info.CreatedBy, info.Modified, info.ModifiedBy = found.Created, found.CreatedBy, found.LastModified, found.ModifiedBy
		info.Updated, info.Size = found.LastUpdated, found.Size
		info.SHA1, info.SHA256, info.MD5 = found.Checksums.Sha1, found.Checksums.Sha256, found.Checksums.Md5
		return nil
	})
	return info, err
}

// Creator reports who stored a file ("<repo>/<path>"), as file info has it; a copy keeps that of its source.
func (c *Client) Creator(ctx context.Context, path string) (string, error) {
	info, err := c.FileInfo(ctx, path)
	return info.CreatedBy, err
}

// Delete removes a file or folder ("<repo>/<path>"). Nothing there is failure.ErrNotFound.
func (c *Client) Delete(ctx context.Context, path string) error {
	// client-go's service takes paths from a file of search results, and asks for each whether it is there before it
	// tries again.
	return c.direct(ctx, call{method: http.MethodDelete, path: path, accepted: []int{http.StatusNoContent, http.StatusOK}},
		nil)
}

// DeployByChecksum puts a file at a path whose content the server has already, without sending it. linked is false when
// the server does not know the content, or does not let this user have it that way; then the bytes have to be uploaded.
func (c *Client) DeployByChecksum(ctx context.Context, path, sha256 string) (linked bool, err error) {
	k := call{
		method: http.MethodPut, path: path, header: http.Header{"X-Checksum-Deploy": {"true"}, "X-Checksum-Sha256": {sha256}},
		accepted: []int{http.StatusCreated, http.StatusOK, http.StatusAccepted},
	}
	// client-go's service uploads files of this machine.
	err = c.direct(ctx, k, nil)
	if errors.Is(err, failure.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
