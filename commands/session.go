package commands

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/jfrog/jfrog-client-go/utils/log"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/jfrog"
	"github.com/signed-promote/signed-promote/utils/plain"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/registry"
	"github.com/signed-promote/signed-promote/utils/remote"
	"github.com/signed-promote/signed-promote/utils/report"
	"github.com/signed-promote/signed-promote/utils/transport"
)

// session is one run against one server: everything it sends goes through one transport.
type session struct {
	engine    *promotion.Engine
	rest      *artifactory.Client
	images    *registry.Client
	transport *transport.Transport
	// address is the server's, as it may be shown; host is how registry clients name it.
	address, host string
	began         time.Time
}

// newSession connects the clients of a run. readOnly keeps everything back that could change the server.
func newSession(server *jfrog.Server, run invocation, o transferOptions, readOnly bool) (*session, error) {
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
		Retry:       transport.Retry{Attempts: orNever(o.retries), Wait: o.retryWait},
		MaxInFlight: o.inFlight(),
		ReadOnly:    readOnly,
		Log:         jfrog.DebugLog(),
	})
	client := carrier.Client()
	rest, images := artifactory.New(server.URL(), client), registry.New(server.URL(), client)
	return &session{
		rest:      rest,
		images:    images,
		transport: carrier,
		address:   address(server.URL()),
		began:     time.Now(),
		host:      server.URL().Host,
		engine: &promotion.Engine{
			Server: remote.Server{
				Reader:    remote.Reader{Registry: images, Catalog: remote.CacheCatalog(rest), Blobs: images},
				Mover:     rest,
				Checker:   rest,
				Annotator: rest,
				Pusher:    images,
				Linker:    rest,
				Attempts:  o.retries,
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

// orNever says "no retries" to the transport, for which 0 means its default.
func orNever(retries int) int {
	if retries == 0 {
		return -1
	}
	return retries
}

// traffic reports what the run has cost so far, and on stderr that the server slowed it down.
func (s *session) traffic() (report.HTTP, int64) {
	c := s.transport.Counters()
	if c.Limited > 0 {
		log.Info(fmt.Sprintf("The server took no more requests %d times (429 or 503), and everything waited for as long as it asked. Fewer --threads may be as fast.", c.Limited))
	}
	return report.HTTP{
		Requests: c.Requests, SentBytes: c.SentBytes,
		ReceivedBytes: c.ReceivedBytes,
	}, time.Since(s.began).Milliseconds()
}

// printable is a result in both of its forms.
type printable struct {
	json any
	text func(report.Screen) string
}

// print writes a result to stdout in the form that was asked for.
func (o outputOptions) print(run invocation, p printable) error {
	if run.bar != nil {
		run.bar.End()
	}
	if o.format != formatJSON {
		return printText(run.stdout, p.text(run.screen))
	}
	return report.WriteJSON(run.stdout, p.json)
}

// printText leaves stdout alone when there is nothing to show.
func printText(w io.Writer, text string) error {
	if text == "" {
		return nil
	}
	_, err := fmt.Fprintln(w, text)
	return err
}

// withHint puts the hint of an error under its message, for stderr.
func withHint(e *report.Error) string {
	message := plain.Line(e.Message)
	if e.Hint == "" {
		return message
	}
	return strings.TrimRight(message, ".") + ".\n  " + e.Hint
}
