package scratch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

// patience is how long a new repository may take to show: with many repositories a change takes a while to reach every
// node.
const patience = 30 * time.Second

// configuration is what a user who is no administrator sees as well.
type configuration struct {
	Class       string `json:"rclass"`
	PackageType string `json:"packageType"`
	Description string `json:"description"`
}

// Check reads the nonce of both repositories back.
func (p *Pair) Check(ctx context.Context) error {
	return errors.Join(p.check(ctx, p.Source), p.check(ctx, p.Target))
}

func (p *Pair) check(ctx context.Context, key string) error {
	answer, err := p.shown(ctx, key)
	if err != nil {
		return fmt.Errorf("reading the marker of %s: %w", key, err)
	}
	var c configuration
	switch {
	case answer.Status != http.StatusOK || !answer.JSON(&c):
		return fmt.Errorf("reading the marker of %s: the server answers %d: %w", key, answer.Status, ErrForeign)
	case !strings.EqualFold(c.Class, "local"), !strings.EqualFold(c.PackageType, p.PackageType):
		return fmt.Errorf("%s is a %s repository of type %s: %w", key, c.Class, c.PackageType, ErrForeign)
	case len(p.Nonce) < 12, c.Description != Description(p.Nonce):
		return fmt.Errorf("the description of %s is not %q: %w", key, Description(p.Nonce), ErrForeign)
	}
	return nil
}

// shown reads a configuration. One that was just made is waited for.
func (p *Pair) shown(ctx context.Context, key string) (*client.Answer, error) {
	deadline := time.Now().Add(patience)
	for {
		answer, err := p.client.Do(ctx, client.Request{Method: http.MethodGet, Path: "api/repositories/" + key})
		unknown := err == nil && (answer.Status == http.StatusBadRequest || answer.Status == http.StatusNotFound)
		if !unknown || p.Handed || time.Now().After(deadline) {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
