package commands

import (
	"context"
	"time"

	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/verification"
)

// verifier makes what the options ask for. report is for those who only tell what there is.
func (o *policyOptions) verifier(ctx context.Context, s *session, server *jfrog.Server, prefix string, report bool) (*verification.Verifier, error) {
	return verification.New(ctx, verification.Options{
		Policies: o.policies, Blobs: s.engine.Blobs, Prefix: prefix, Server: server.URL(), Getenv: variable, Now: time.Now, Report: report,
	})
}

// guard makes a session hold images against the policy, if there is one, before it changes anything and before a tag appears.
func (o *policyOptions) guard(ctx context.Context, s *session, server *jfrog.Server, prefix string) error {
	if len(o.policies) == 0 {
		return nil
	}
	verifier, err := o.verifier(ctx, s, server, prefix, false)
	if err == nil {
		s.engine.Verifier = verifier
	}
	return err
}
