package inspect

import (
	"context"
	"errors"
	"fmt"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// CheckRepository reports why images cannot be kept in a repository, or nil.
func (r Reader) CheckRepository(ctx context.Context, side failure.Side, key string) error {
	_, err := r.Repository(ctx, side, key)
	return err
}

// Repository reads what kind a repository is, and refuses one that cannot hold images.
func (r Reader) Repository(ctx context.Context, side failure.Side, key string) (reference.Repository, error) {
	repo, err := r.Catalog.Repository(ctx, key)
	if errors.Is(err, failure.ErrNotFound) {
		return repo, &failure.Failure{
			Side: side, Message: fmt.Sprintf("there is no repository %s", key),
			Hint: "Check its key, and that --server-id names the right server.",
		}
	}
	if err != nil {
		return repo, remote.Explain(side, err, "repository "+key, "Read on "+key)
	}
	return repo, checkRepository(side, repo)
}

func checkRepository(side failure.Side, repo reference.Repository) error {
	if repo.HoldsImages() {
		return nil
	}
	f := &failure.Failure{Side: side, Hint: "Name a docker or oci repository."}
	switch repo.Class {
	case "virtual":
		f.Message = fmt.Sprintf("%s is a virtual repository, which Artifactory cannot promote from or to", repo.Key)
		f.Hint = "Name the local or federated repository behind it."
	case "remote":
		f.Message = fmt.Sprintf("%s is a remote repository, which Artifactory cannot promote from or to", repo.Key)
		f.Hint = "Copy the image to a local repository first."
	default:
		f.Message = fmt.Sprintf("%s is a %s %s repository and holds no container images", repo.Key, repo.Class,
			repo.PackageType)
	}
	return f
}
