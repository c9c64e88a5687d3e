package jfrog

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNoServer means that neither the configuration nor the options name a server.
var ErrNoServer = errors.New("no JFrog server is configured and no --url is given; " +
	"add a server with 'jf config add', choose one with --server-id, or give --url and --access-token")

// UnknownServerError is a server ID that the configuration has not, or a missing default (ID is empty then).
type UnknownServerError struct {
	ID    string
	Known []string // the IDs that exist, sorted
}

// Error names the ID that is missing and those that exist.
func (e *UnknownServerError) Error() string {
	known := "configured are: " + strings.Join(e.Known, ", ")
	if e.ID == "" {
		return "no configured server is the default; choose one with --server-id (" + known + ")"
	}
	return fmt.Sprintf("server ID %q is not configured (%s)", e.ID, known)
}

// MissingURLError means that credentials were given as options, but not the server they are for. As with jf, the
// options and the configuration are never mixed.
type MissingURLError struct {
	Configured []string // server IDs that could have been meant, sorted
}

// Error says what to add or to leave out.
func (e *MissingURLError) Error() string {
	message := "credentials or a client certificate were given as options, but no --url; " +
		"options are never combined with a configured server"
	if len(e.Configured) == 0 {
		return message + ": add --url"
	}
	return message + ": add --url, or leave them out to use a configured server (" + strings.Join(e.Configured, ", ") + ")"
}

// URLError is an Artifactory URL that cannot be used. URL is shown without a password.
type URLError struct {
	URL    string
	Reason string
}

// Error names the URL and what is wrong with it.
func (e *URLError) Error() string {
	return fmt.Sprintf("Artifactory URL %q: %s", e.URL, e.Reason)
}
