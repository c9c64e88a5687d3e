// Package traffic sees every request of the double: it records them, counts them, delays, cuts and
// falsifies them, and lets the rest of the double note what a request did.
package traffic

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Request is one line of the log. Bytes are those of bodies; sent means by the client.
type Request struct {
	Method string `json:"method"`
	// Path is the escaped path, as it was sent.
	Path string `json:"path"`
	// Query is the raw query.
	Query string `json:"query,omitempty"`
	// Status that was answered; 0 if the connection was cut without an answer.
	Status int `json:"status"`
	// Write says that the request asks for a change (any method but GET, HEAD and OPTIONS, and not an AQL query),
	// whether or not it succeeded.
	Write bool `json:"write"`
	// Changed says that the stored state really changed.
	Changed       bool      `json:"changed"`
	SentBytes     int64     `json:"sentBytes"`
	ReceivedBytes int64     `json:"receivedBytes"`
	User          string    `json:"user,omitempty"`
	Start         time.Time `json:"start"`
	// End is the moment directly before the answer leaves, so that no client can have it earlier.
	End  time.Time `json:"end"`
	Host string    `json:"host"`
	// AuthHeaderPresent says that the request carried credentials of any kind.
	AuthHeaderPresent bool `json:"authHeaderPresent"`

	blobs []blobTransfer
	// admitted says that the limit let it through.
	admitted bool
}

// blobTransfer notes that the bytes of a blob went over the wire.
type blobTransfer struct {
	sha256 string
	bytes  int64
	up     bool
}

func newRequest(r *http.Request) Request {
	return Request{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Host: r.Host, Start: time.Now(), Write: isWrite(r),
		AuthHeaderPresent: r.Header.Get("Authorization") != "" || r.Header.Get("X-JFrog-Art-Api") != "",
	}
}

func isWrite(r *http.Request) bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	case http.MethodPost:
		return !strings.HasSuffix(r.URL.Path, "/api/search/aql")
	default:
		return true
	}
}

// call collects what handlers note about the running request; one request may have several goroutines.
type call struct {
	mu      sync.Mutex
	user    string
	changed bool
	blobs   []blobTransfer
}

type callKey struct{}

func withCall(ctx context.Context) (context.Context, *call) {
	c := &call{}
	return context.WithValue(ctx, callKey{}, c), c
}

// note runs f on the running request's notes; outside of a request it does nothing.
func note(ctx context.Context, f func(*call)) {
	c, ok := ctx.Value(callKey{}).(*call)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c)
}

// SetUser notes who the request runs as.
func SetUser(ctx context.Context, name string) { note(ctx, func(c *call) { c.user = name }) }

// MarkChanged notes that the request changed the stored state.
func MarkChanged(ctx context.Context) { note(ctx, func(c *call) { c.changed = true }) }

// BlobDown and BlobUp note that bytes of the blob went to or came from the client.
func BlobDown(ctx context.Context, sha256 string, bytes int64) {
	note(ctx, func(c *call) { c.blobs = append(c.blobs, blobTransfer{sha256: sha256, bytes: bytes}) })
}

// BlobUp is BlobDown for the other direction.
func BlobUp(ctx context.Context, sha256 string, bytes int64) {
	note(ctx, func(c *call) { c.blobs = append(c.blobs, blobTransfer{sha256: sha256, bytes: bytes, up: true}) })
}
