package transport

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
)

// RejectedError is a request that was not sent, because the server did not accept the credentials of an earlier one.
// After many wrong logins a server locks the user out, and somebody else's job with the right password as well
// (contract login-lock).
type RejectedError struct {
	Method, URL string
	// First is the request that was answered with 401.
	First string
}

// Error names both requests.
func (e *RejectedError) Error() string {
	return fmt.Sprintf("%s %s was not sent, since the credentials were not accepted before: %s: 401 Unauthorized",
		e.Method, e.URL, e.First)
}

// HTTPStatus returns the status of the first answer.
func (e *RejectedError) HTTPStatus() int { return http.StatusUnauthorized }

// logins is what a run was told about its credentials.
type logins struct {
	accepted atomic.Bool
	// rejected holds the first request that was answered with 401.
	rejected atomic.Pointer[string]
}

// judge takes an answer of the server's. Copy and move report a missing permission by 401, too: where other requests
// were let in, theirs says nothing about the credentials. Who sends none cannot send wrong ones.
func (t *Transport) judge(req *http.Request, o outcome) {
	if o.err != nil || o.resp == nil || o.sent.Get("Authorization") == "" {
		return
	}
	switch {
	case o.resp.StatusCode < http.StatusMultipleChoices:
		t.logins.accepted.Store(true)
	case o.resp.StatusCode == http.StatusUnauthorized && (!t.movesFiles(req) || !t.logins.accepted.Load()):
		first := method(req) + " " + t.describe(req.URL)
		t.logins.rejected.CompareAndSwap(nil, &first)
	}
}

// movesFiles reports a copy or a move by path, also one that is only tried.
func (t *Transport) movesFiles(req *http.Request) bool {
	below, ok := strings.CutPrefix(req.URL.EscapedPath(), strings.TrimRight(t.opts.Server.EscapedPath(), "/")+"/api/")
	return ok && method(req) == http.MethodPost && (strings.HasPrefix(below, "copy/") || strings.HasPrefix(below, "move/"))
}

// stillWelcome refuses what would repeat credentials that the server did not accept.
func (t *Transport) stillWelcome(req *http.Request) error {
	first := t.logins.rejected.Load()
	if first == nil || !t.isServer(req.URL) {
		return nil
	}
	return &RejectedError{Method: method(req), URL: t.describe(req.URL), First: *first}
}
