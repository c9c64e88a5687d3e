package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
	"github.com/signed-promote/signed-promote/tests/live/internal/contract"
	"github.com/signed-promote/signed-promote/tests/live/internal/report"
	"github.com/signed-promote/signed-promote/tests/live/internal/scratch"
)

// session is a run under way.
type session struct {
	*options
	env      environment
	out      io.Writer
	client   *client.Client
	limited  *client.Client
	pair     *scratch.Pair
	redactor *client.Redactor
	report   *report.Report
	// secrets must not be in a report.
	secrets []string
}

// begin makes the repositories, or takes those that an administrator made.
func begin(ctx context.Context, o *options, env environment, out io.Writer) (*session, error) {
	c, err := client.New(env.url, env.token)
	if err != nil {
		return nil, fmt.Errorf("SIGNED_PROMOTE_LIVE_URL: %w", err)
	}
	s := &session{
		options: o, env: env, out: out, client: c, redactor: client.NewRedactor(c),
		report: &report.Report{PackageType: o.packageType},
	}
	if s.report.Version, err = version(ctx, c); err != nil {
		return nil, err
	}
	if env.nonce == "" {
		s.pair, err = scratch.Create(ctx, c, scratch.NewNonce(), o.packageType)
	} else {
		source, target := scratch.Keys(env.nonce)
		s.pair, err = scratch.Adopt(ctx, c, scratch.Pair{
			Source: cmp.Or(env.source, source), Target: cmp.Or(env.target, target), Nonce: env.nonce, PackageType: o.packageType,
		})
	}
	if err != nil {
		return nil, err
	}
	s.printf("source %s, target %s\n", s.pair.Source, s.pair.Target)
	return s, nil
}

// version asks for the version, which also shows whether URL and token are right.
func version(ctx context.Context, c *client.Client) (string, error) {
	a, err := c.Do(ctx, client.Request{Method: http.MethodGet, Path: "api/system/version"})
	var v struct {
		Version string `json:"version"`
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("asking the server for its version: %w", err)
	case a.Status == http.StatusUnauthorized:
		return "", errors.New("the server does not take the token (401)")
	case a.Status == http.StatusForbidden:
		return "unknown", nil
	case a.Status != http.StatusOK || !a.JSON(&v):
		return "", fmt.Errorf("asking the server for its version: it answers %d. Is the URL the base URL of Artifactory?",
			a.Status)
	}
	return v.Version, nil
}

// prepare learns who the user is, so that the name can be hidden, and makes a token with fewer rights.
func (s *session) prepare(ctx context.Context) error {
	s.redactor.Hide(s.pair.Source, "<source>")
	s.redactor.Hide(s.pair.Target, "<target>")
	s.redactor.Hide(s.pair.Nonce, "<nonce>")
	name, err := s.whoAmI(ctx)
	if err != nil {
		return err
	}
	s.env.user = cmp.Or(s.env.user, name)
	s.redactor.HideUser(name)
	s.redactor.HideUser(s.env.user)
	s.secrets = append(s.secrets, s.env.token, s.env.limited)
	if s.env.limited != "" {
		s.limited = s.client.As(s.env.limited)
		s.redactor.Hide(s.env.limited, "<token>")
		return nil
	}
	limited, token, err := s.pair.Limited(ctx)
	if err != nil {
		s.report.Notes = append(s.report.Notes, "Statements on rights are not testable: "+s.redactor.Redact(err.Error())+
			". Tell a token of a user with fewer rights in SIGNED_PROMOTE_LIVE_LIMITED_TOKEN.")
		return nil
	}
	s.limited, s.secrets = limited, append(s.secrets, token)
	s.redactor.Hide(token, "<token>")
	return nil
}

// whoAmI writes a file and reads whose it is.
func (s *session) whoAmI(ctx context.Context) (string, error) {
	path := s.pair.Source + "/" + scratch.Folder(s.pair.Nonce) + "/whose"
	a, err := s.client.Do(ctx, client.Request{Method: http.MethodPut, Path: path, Body: []byte(s.pair.Nonce)})
	var file struct {
		CreatedBy string `json:"createdBy"`
	}
	switch {
	case err != nil:
		return "", fmt.Errorf("writing a first file: %w", err)
	case a.Status != http.StatusCreated && a.Status != http.StatusOK:
		return "", fmt.Errorf("writing a first file: the server answers %d. The token needs Read, Annotate, Deploy and Delete on both repositories", a.Status)
	case !a.JSON(&file):
		return "", errors.New("writing a first file: the answer cannot be read")
	}
	return file.CreatedBy, nil
}

// end removes what was made, within a time of its own.
func (s *session) end(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if err := s.pair.Clean(ctx); err != nil {
		return err
	}
	what := "both repositories are removed"
	if s.pair.Handed {
		what = "both repositories are empty again; whoever made them may remove them"
	}
	s.printf("%s\n", what)
	return nil
}

func (s *session) bench() *contract.Bench {
	return &contract.Bench{Client: s.client, Limited: s.limited, Pair: s.pair, Redactor: s.redactor, Pause: s.pause}
}

// printf writes to the terminal; if nobody reads it the files still tell.
func (s *session) printf(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format, args...) }
