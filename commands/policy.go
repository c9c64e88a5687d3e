package commands

import (
	"context"
	"errors"
	"time"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/verification"
)

// verification gives what a verifier for the options needs.
func (o *policyOptions) verification(s *session, server *jfrog.Server, prefix string) verification.Options {
	return verification.Options{
		Policies: o.policies, Blobs: s.engine.Blobs, Prefix: prefix, Server: server.URL(), Getenv: variable, Now: time.Now,
	}
}

// guard makes a session hold images against the policy, if there is one, before it changes anything and before a tag appears.
func (o *policyOptions) guard(ctx context.Context, s *session, server *jfrog.Server, prefix string) error {
	if len(o.policies) == 0 {
		return nil
	}
	verifier, err := verification.New(ctx, o.verification(s, server, prefix))
	if err == nil {
		s.engine.Verifier = verifier
	}
	return err
}

// imageVerifier holds the images of a repository against the policy, one by one, as they are found.
type imageVerifier struct {
	engine *promotion.Engine
	places []reference.Image
}

// Verify reads an image with all that is attached to it. That it does not satisfy the policy is an error that says why.
func (v imageVerifier) Verify(ctx context.Context, ref reference.Reference) error {
	graph, err := v.engine.Read(ctx, failure.Target, ref, v.places...)
	if err != nil {
		return err
	}
	verdict, err := v.engine.Verifier.Verify(ctx, ref, graph)
	if err == nil && !verdict.Satisfied() {
		err = errors.New(verdict.Lacks())
	}
	return err
}
