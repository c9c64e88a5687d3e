package commands

import (
	"context"
	"time"

	"github.com/signed-promote/signed-promote/utils/jfrog"
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
