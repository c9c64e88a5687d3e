// Package scratch makes the two repositories that everything happens in, and removes them. It works on nothing that it
// did not make: the keys are random with a prefix of their own, a creation has to answer that the repository is new,
// and the description carries a nonce that is read back before every run and before the removal.
package scratch

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

// Prefix begins the key of every repository that is made.
const Prefix = "signed-promote-live-"

// ErrForeign means that a repository was not made for this run. Nothing in it is touched.
var ErrForeign = errors.New("this repository was not made for this run")

// Pair is a source and a target repository.
type Pair struct {
	Source, Target string
	// Nonce is what both descriptions carry.
	Nonce string
	// PackageType is docker or oci.
	PackageType string
	// Handed reports that an administrator made them: they are emptied and not removed.
	Handed bool

	client *client.Client
	// made are the keys of those that exist because of this run.
	made []string
}

// NewNonce returns a nonce for a run.
func NewNonce() string {
	raw := make([]byte, 6)
	// It never fails, says the documentation; it ends the program instead.
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}

// Keys are the keys that belong to a nonce.
func Keys(nonce string) (source, target string) {
	return Prefix + nonce + "-source", Prefix + nonce + "-target"
}

// Description is what a repository of a run says of itself.
func Description(nonce string) string {
	return "Scratch repository of a contract test of signed-promote, " + nonce + ". It may be removed."
}

// Folder is the folder that everything is below.
func Folder(nonce string) string { return Prefix + nonce }

// Create makes both repositories. When it fails it has removed what it made.
func Create(ctx context.Context, c *client.Client, nonce, packageType string) (*Pair, error) {
	p := &Pair{Nonce: nonce, PackageType: packageType, client: c}
	p.Source, p.Target = Keys(nonce)
	for _, key := range []string{p.Source, p.Target} {
		if err := p.create(ctx, key); err != nil {
			return nil, errors.Join(err, p.Remove(context.WithoutCancel(ctx)))
		}
	}
	if err := p.Check(ctx); err != nil {
		return nil, errors.Join(err, p.Remove(context.WithoutCancel(ctx)))
	}
	return p, nil
}

func (p *Pair) create(ctx context.Context, key string) error {
	path := "api/repositories/" + key
	before, err := p.client.Do(ctx, client.Request{Method: http.MethodGet, Path: path})
	if err != nil {
		return fmt.Errorf("looking whether there is a repository %s: %w", key, err)
	}
	// An unknown key is answered 400, or 404 by what documents call standard. All else may be somebody's repository.
	if before.Status != http.StatusBadRequest && before.Status != http.StatusNotFound {
		return fmt.Errorf("%s: asked whether it exists, the server answers %d, not that it is unknown: %w", key,
			before.Status, p.refusal(before.Status))
	}
	body, err := json.Marshal(map[string]string{
		"key": key, "rclass": "local", "packageType": p.PackageType, "description": Description(p.Nonce),
	})
	if err != nil {
		return err
	}
	header := map[string]string{"Content-Type": "application/json"}
	answer, err := p.client.Do(ctx, client.Request{Method: http.MethodPut, Path: path, Header: header, Body: body})
	if err == nil && answer.Status != http.StatusOK && answer.Status != http.StatusCreated {
		return fmt.Errorf("creating %s: the server answers %d: %w", key, answer.Status, p.refusal(answer.Status))
	}
	// Also without an answer it may be there now.
	p.made = append(p.made, key)
	if err != nil {
		return fmt.Errorf("creating %s: %w", key, err)
	}
	return nil
}

// NotPermittedError means that the user may not make repositories.
type NotPermittedError struct{ Nonce, PackageType string }

// Error says what an administrator can do instead.
func (e *NotPermittedError) Error() string {
	source, target := Keys(e.Nonce)
	return strings.Join([]string{
		"this token may not create repositories. Use an administrator's, or let an administrator create two empty local repositories",
		"  of package type " + e.PackageType + ", with the keys",
		"      " + source,
		"      " + target,
		"  (other keys: tell them in SIGNED_PROMOTE_LIVE_SOURCE and SIGNED_PROMOTE_LIVE_TARGET), both with the description",
		"      " + Description(e.Nonce),
		"  and give you Read, Annotate, Deploy and Delete on them. Then run this again with",
		"      SIGNED_PROMOTE_LIVE_NONCE=" + e.Nonce,
	}, "\n")
}

func (p *Pair) refusal(status int) error {
	if status == http.StatusForbidden || status == http.StatusUnauthorized {
		return &NotPermittedError{p.Nonce, p.PackageType}
	}
	return ErrForeign
}

// Remove removes what Create made, after reading the nonce back. It goes on after a failure, and says what is left.
func (p *Pair) Remove(ctx context.Context) error {
	var problems []error
	for _, key := range p.made {
		err := p.check(ctx, key)
		if err == nil {
			err = p.expect(ctx, http.MethodDelete, "api/repositories/"+key, http.StatusOK, http.StatusNoContent)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s could not be removed, look whether it is there: %w", key, err))
		}
	}
	return errors.Join(problems...)
}

func (p *Pair) expect(ctx context.Context, method, path string, statuses ...int) error {
	answer, err := p.client.Do(ctx, client.Request{Method: method, Path: path})
	if err != nil {
		return err
	}
	for _, status := range statuses {
		if answer.Status == status {
			return nil
		}
	}
	return fmt.Errorf("%s %s answers %d", method, path, answer.Status)
}
