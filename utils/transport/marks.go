package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/signed-promote/signed-promote/utils/sanitize"
)

// registryMark is a header of the registry API. A HEAD has no body, so there it is a mark of its own.
const registryMark = "Docker-Distribution-Api-Version"

// serverMarks are headers of every answer of Artifactory's own; a 404 through a virtual repository has no other mark. A
// router or a proxy before it answers without them (contract marks-headers).
func serverMarks() []string { return []string{"X-Artifactory-Id", "X-JFrog-Version"} }

// UnmarkedError is a 404 that shows nothing of Artifactory's, however often the request was repeated. It says nothing
// about what exists: JFrog's router gives it while Artifactory starts, a web server for addresses that it does not
// know. It is never failure.ErrNotFound.
type UnmarkedError struct {
	Method, URL string
	// Body is the beginning of what was answered, as in StatusError.
	Body string
}

// Error says why the answer is not believed.
func (e *UnmarkedError) Error() string {
	text := fmt.Sprintf("%s %s: 404 Not Found, but not by Artifactory: the answer has none of its marks", e.Method, e.URL)
	if e.Body != "" {
		text += ": " + sanitize.Shorten(e.Body, maxErrorText)
	}
	return text
}

// Advice reports what can be done.
func (e *UnmarkedError) Advice() string {
	return "Is this the URL of Artifactory, and is it running? Its router answers so while it starts. If a proxy stands before it, that must keep " +
		strings.Join(serverMarks(), " or ") + ", or the JSON of Artifactory's errors: without both nobody can tell what is absent."
}

// unmarked reports that an answer of the server's address is a 404 which is not Artifactory's own. It reads a short
// body and puts it back.
func (t *Transport) unmarked(req *http.Request, u *url.URL, resp *http.Response) bool {
	if resp.StatusCode != http.StatusNotFound {
		return false
	}
	for _, name := range serverMarks() {
		if resp.Header.Get(name) != "" {
			return false
		}
	}
	registry := t.isRegistry(u)
	if method(req) == http.MethodHead {
		return !registry || resp.Header.Get(registryMark) == ""
	}
	if _, long := resp.Body.(*stream); long {
		return true
	}
	raw, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	return err != nil || !saysAbsent(raw, registry)
}

// isRegistry reports whether an address is of the registry API. A promotion has its address there, and answers as the
// REST API does.
func (t *Transport) isRegistry(u *url.URL) bool {
	below, ok := strings.CutPrefix(u.EscapedPath(), strings.TrimRight(t.opts.Server.EscapedPath(), "/")+"/api/docker/")
	_, rest, found := strings.Cut(below, "/v2/")
	return ok && found && rest != "promote"
}

// saysAbsent reports whether a body is one of Artifactory's own 404: errors with a code from the registry API, with the
// status from the REST API.
func saysAbsent(raw []byte, registry bool) bool {
	var body struct {
		Errors []struct {
			Code   string `json:"code"`
			Status int    `json:"status"`
		} `json:"errors"`
	}
	if json.Unmarshal(raw, &body) != nil {
		return false
	}
	for _, e := range body.Errors {
		if registry && e.Code != "" || !registry && e.Status == http.StatusNotFound {
			return true
		}
	}
	return false
}

type unrepeatedKey struct{}

// Unrepeated is for requests of which a 404 without marks is no surprise: it is handed on at once, as the same error.
func Unrepeated(ctx context.Context) context.Context {
	return context.WithValue(ctx, unrepeatedKey{}, true)
}

func unrepeated(ctx context.Context) bool { return ctx.Value(unrepeatedKey{}) != nil }
