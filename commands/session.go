package commands

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/commands/internal/option"
	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/inspect"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/registry"
	"github.com/signed-promote/signed-promote/utils/remote"
	"github.com/signed-promote/signed-promote/utils/repair"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/transport"
	"github.com/signed-promote/signed-promote/utils/verification"
)

// session is one run against one server: everything it sends goes through one transport.
type session struct {
	server    *jfrog.Server
	engine    *promotion.Promoter
	rest      *artifactory.Client
	images    *registry.Client
	transport *transport.Transport
	// address is the server's, as it may be shown; host is how registry clients name it.
	address, host string
	began         time.Time
}

// opening says how a session is opened.
type opening struct {
	option.Requests
	option.Policy
	// prefix is that of the tags of signatures, for the policy.
	prefix string
	// readOnly keeps everything back that could change the server.
	readOnly bool
}

// inspect returns what looks at images on the server, and has no way to write to it.
func (s *session) inspect() inspect.Reader { return inspect.Reader{Reader: s.engine.Reader} }

// withSession opens a session, has it hold images against the policy, if there is one, and closes it after its use.
func (i invocation) withSession(ctx context.Context, server *jfrog.Server, o opening, use func(*session) error) error {
	s, err := newSession(server, i, o.Requests, o.readOnly)
	if err != nil {
		return err
	}
	defer s.transport.CloseIdleConnections()
	if err := s.guard(ctx, &o.Policy, o.prefix); err != nil {
		return err
	}
	return use(s)
}

// newSession connects the clients of a run. readOnly keeps everything back that could change the server.
func newSession(server *jfrog.Server, run invocation, o option.Requests, readOnly bool) (*session, error) {
	tls, err := server.TLSConfig()
	if err != nil {
		return nil, err
	}
	carrier := transport.New(transport.Options{
		Server:      server.URL(),
		Auth:        server,
		TLS:         tls,
		UserAgent:   run.userAgent,
		TraceID:     run.traceID,
		Retry:       transport.Retries(o.Retries, o.RetryWait),
		MaxInFlight: o.InFlight(),
		ReadOnly:    readOnly,
		Log:         jfrog.DebugLog(),
	})
	client := carrier.Client()
	rest, images := artifactory.New(server.URL(), client), registry.New(server.URL(), client)
	return &session{
		server:    server,
		rest:      rest,
		images:    images,
		transport: carrier,
		address:   address(server.URL()),
		began:     time.Now(),
		host:      server.URL().Host,
		engine: &promotion.Promoter{
			Server: remote.Server{
				Reader:    remote.Reader{Registry: images, Catalog: remote.CacheCatalog(rest), Blobs: images},
				Mover:     rest,
				Checker:   rest,
				Annotator: rest,
				Pusher:    images,
				Linker:    rest,
				Attempts:  o.Retries,
				Sleep:     remote.Sleep,
			},
			DryRun: readOnly,
		},
	}, nil
}

// address leaves out what could be a credential.
func address(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}

// traffic reports what the run has cost so far, and on stderr that the server slowed it down.
func (s *session) traffic() report.Traffic {
	c := s.transport.Counters()
	if c.Limited > 0 {
		log.Info(fmt.Sprintf("The server took no more requests %d times (429 or 503), and everything waited for as long as it asked. Fewer --threads may be as fast.", c.Limited))
	}
	return report.Traffic{
		HTTP:       report.HTTP{Requests: c.Requests, SentBytes: c.SentBytes, ReceivedBytes: c.ReceivedBytes},
		DurationMs: time.Since(s.began).Milliseconds(),
	}
}

// verification returns what a verifier for the options needs.
func (s *session) verification(o *option.Policy, prefix string) verification.Options {
	return verification.Options{
		Policies: o.Policies, Blobs: s.engine.Blobs, Prefix: prefix, Server: s.server.URL(), Getenv: option.Variable, Now: time.Now,
	}
}

// guard makes the session hold images against the policy, if there is one, before it changes anything and before a tag
// appears.
func (s *session) guard(ctx context.Context, o *option.Policy, prefix string) error {
	if len(o.Policies) == 0 {
		return nil
	}
	verifier, err := verification.New(ctx, s.verification(o, prefix))
	if err == nil {
		s.engine.Verifier = verifier
	}
	return err
}

// entries makes what holds single entries of attachments to the policy: all of them, whether the policy asks for such
// or not.
func (s *session) entries(ctx context.Context, o *option.Policy, prefix string) (repair.Entries, error) {
	options := s.verification(o, prefix)
	options.Report, options.Everything = true, true
	verifier, err := verification.New(ctx, options)
	return entryVerifier{verifier: verifier, blobs: s.engine.Blobs}, err
}

// sources returns the repositories to look in beside repo, after a look whether they are there.
func (s *session) sources(ctx context.Context, o *option.Sources, repo string) ([]string, error) {
	if !o.SearchAll {
		for _, key := range o.SourceRepos {
			if key == repo {
				return nil, fmt.Errorf("--source-repos names %s itself", repo)
			}
			if err := s.inspect().CheckRepository(ctx, failure.Source, key); err != nil {
				return nil, err
			}
		}
		return o.SourceRepos, nil
	}
	all, err := s.rest.Repositories(ctx)
	if err != nil {
		return nil, failure.At(failure.Source, err, "the list of repositories cannot be read",
			"Name repositories with --source-repos.")
	}
	all = slices.DeleteFunc(all, func(r reference.Repository) bool { return r.Key == repo || !r.HoldsImages() })
	keys := make([]string, 0, len(all))
	for _, r := range all {
		keys = append(keys, r.Key)
	}
	slices.Sort(keys)
	return keys, nil
}

// details reads the details of an image, or nothing if they are not wanted. One that was named by its digest has to
// have a folder of its own.
func (s *session) details(ctx context.Context, o *option.FileInfo, side failure.Side, ref reference.Reference,
	g *attachment.Graph,
) (*report.Details, error) {
	if !o.Details || g == nil {
		return nil, nil
	}
	folder := ref.Tag
	if folder == "" {
		folder = reference.DigestFolder(g.Root)
	}
	path := g.Image.Folder(folder) + "/" + g.Nodes[g.Root].FileName()
	info, err := s.rest.FileInfo(ctx, path)
	if errors.Is(err, failure.ErrNotFound) && ref.Tag == "" {
		return nil, failure.At(side, err, "there is no file "+path,
			"The image has a folder under its tag only. Name it by its tag, or leave --details out.")
	}
	if err != nil {
		return nil, failure.At(side, err, "the file info of "+path+" cannot be read",
			"You need Read on it; --details is the option that asks for it.")
	}
	return report.DetailsOf(info), nil
}
