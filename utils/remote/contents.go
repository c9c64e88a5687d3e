package remote

import (
	"context"
	"errors"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// FewFolders is up to how many folders of an image one file list of all of them is a smaller matter than a read of
// each: it names every layer, too.
const FewFolders = 50

// Contents reports which files some folders of an image, which has so many of them in all, hold: by one file list, or
// by folder info of each where that is the smaller matter, or where the server gives no list. A folder that is not in
// the answer is absent or hidden.
func (r Reader) Contents(ctx context.Context, image reference.Image, folders []string,
	inAll int,
) (manifest.Contents, error) {
	if inAll+len(folders) <= FewFolders {
		all, err := r.Catalog.FileList(ctx, image.String())
		if err == nil || !Refused(err) {
			return all, err
		}
	}
	return r.EachFolder(ctx, image, folders)
}

// EachFolder asks for folder info of each folder.
func (r Reader) EachFolder(ctx context.Context, image reference.Image, folders []string) (manifest.Contents, error) {
	found := manifest.Contents{}
	var mu sync.Mutex
	calls := make([]func() error, 0, len(folders))
	for _, folder := range folders {
		calls = append(calls, func() error {
			names, _, err := r.Catalog.Contents(ctx, image.Folder(folder))
			if errors.Is(err, failure.ErrNotFound) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			found[folder] = map[string]digest.Digest{}
			for _, name := range names {
				found[folder][name] = ""
			}
			return err
		})
	}
	return found, parallel.All(calls...)
}
