package artifactory

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// maxSearches is how many searches a server carries out at one time by default; it lets others wait and then refuses
// them.
const maxSearches = 3

const searchPath = "api/search/aql"

// SearchError is a search without a complete answer. Its cause carries the status: 400 for a query that the server does
// not understand, 403 for an anonymous user, 408 for one that took too long, 429 for too many at one time.
type SearchError struct {
	// Hint says what to do; empty if nothing is known.
	Hint string
	Err  error
}

// Error returns the cause.
func (e *SearchError) Error() string { return fmt.Sprintf("searching with AQL: %v", e.Err) }

// Unwrap returns the cause.
func (e *SearchError) Unwrap() error { return e.Err }

// TrimmedError says that the server cut the rows off at a limit of its own: there may be more than were given.
type TrimmedError struct {
	// Rows is how many were given.
	Rows int64
	// Notification is what the server said.
	Notification string
}

// Error returns the number of rows and the server's words.
func (e *TrimmedError) Error() string {
	return fmt.Sprintf("the server trimmed the search after %d rows: %s", e.Rows, clean(e.Notification))
}

// errIncomplete is an answer that ends before its range, which stands behind the last row.
var errIncomplete = errors.New("the answer ends before its end")

// Search returns the items that meet a query, row by row as the server sends them, so that memory does not grow with
// their number. The last pair may be an error: a *SearchError, with a *TrimmedError in it when the rows given are good
// but not all, or what a Query cannot be. Few searches run at one time; a loop that starts another one within itself
// takes two of them.
//
// The rows should be taken at once: the transport ends an answer that nobody reads for long.
func (c *Client) Search(ctx context.Context, q Query) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		text, err := q.AQL()
		if err != nil {
			yield(Item{}, err)
			return
		}
		select {
		case c.searches <- struct{}{}:
			defer func() { <-c.searches }()
		case <-ctx.Done():
			yield(Item{}, ctx.Err())
			return
		}
		if err := c.search(ctx, text, func(i Item) bool { return yield(i, nil) }); err != nil {
			yield(Item{}, &SearchError{Hint: searchHint(err), Err: err})
		}
	}
}

// search returns rows until row does not want more, which is no error.
func (c *Client) search(ctx context.Context, text string, row func(Item) bool) error {
	k := call{
		method: http.MethodPost, path: searchPath, header: http.Header{"Content-Type": {"text/plain"}},
		streams: true,
	}
	var answer io.ReadCloser
	err := c.with(ctx, k, func(s services) (err error) {
		answer, err = s.Aql(text)
		return err
	})
	if err != nil {
		return err
	}
	defer func() { _ = answer.Close() }()
	return newRows(answer, row).read()
}

func searchHint(err error) string {
	var trimmed *TrimmedError
	if errors.As(err, &trimmed) {
		return "narrow the search: fewer image paths, or one repository at a time"
	}
	switch status, _ := failure.Status(err); status {
	case http.StatusUnauthorized:
		return "searches need a user who is logged in: see jf config"
	case http.StatusForbidden:
		return "the server does not let this user search (AQL): log in as a user, not as anonymous, with a token that is not limited to other calls"
	case http.StatusRequestTimeout:
		return "the search took the server too long: narrow it, or try again when the server has less to do"
	case http.StatusTooManyRequests:
		return "the server carries out too many searches: try again later, or with more --retries"
	default:
		return ""
	}
}
