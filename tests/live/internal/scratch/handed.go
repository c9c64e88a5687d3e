package scratch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

// Adopt takes two repositories that an administrator made for this nonce. They must be empty: whatever is in them
// belongs to somebody.
func Adopt(ctx context.Context, c *client.Client, p Pair) (*Pair, error) {
	p.client, p.Handed = c, true
	if p.Source == p.Target {
		return nil, fmt.Errorf("%s is source and target: %w", p.Source, ErrForeign)
	}
	if err := p.Check(ctx); err != nil {
		return nil, err
	}
	if err := errors.Join(p.empty(ctx, p.Source), p.empty(ctx, p.Target)); err != nil {
		return nil, err
	}
	return &p, nil
}

func (p *Pair) empty(ctx context.Context, key string) error {
	answer, err := p.client.Do(ctx, client.Request{Method: http.MethodGet, Path: "api/storage/" + key + "/"})
	if err != nil {
		return fmt.Errorf("looking whether %s is empty: %w", key, err)
	}
	var folder struct {
		Children *[]struct {
			URI string `json:"uri"`
		} `json:"children"`
	}
	if answer.Status != http.StatusOK || !answer.JSON(&folder) || folder.Children == nil {
		return fmt.Errorf("looking whether %s is empty: the server answers %d: %w", key, answer.Status, ErrForeign)
	}
	// The server's own cache of the list of images stays behind when all images are gone.
	own := []string{"/.jfrog", "/repository.catalog"}
	for _, child := range *folder.Children {
		if !slices.Contains(own, child.URI) {
			return fmt.Errorf("%s is not empty, it has %s: %w", key, child.URI, ErrForeign)
		}
	}
	return nil
}

// Clean ends a run: repositories that were made are removed, others are left as empty as they were.
func (p *Pair) Clean(ctx context.Context) error {
	if !p.Handed {
		return p.Remove(ctx)
	}
	var problems []error
	for _, key := range []string{p.Source, p.Target} {
		err := p.check(ctx, key)
		if err == nil {
			err = p.expect(ctx, http.MethodDelete, key+"/"+Folder(p.Nonce), http.StatusNoContent, http.StatusOK,
				http.StatusNotFound)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s in %s could not be removed: %w", Folder(p.Nonce), key, err))
		}
	}
	return errors.Join(problems...)
}
