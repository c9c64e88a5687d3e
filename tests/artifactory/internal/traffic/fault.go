package traffic

import (
	"fmt"
	"net/http"
	"regexp"
	"time"
)

// Match says which requests a fault is for.
type Match struct {
	// Method of the request; empty means any.
	Method string
	// Path is a regular expression for the path and, behind a "?", the query, as they were sent; empty means any.
	Path string
	// Nth hits only the nth request that matches, counted from 1; 0 means every one.
	Nth int
	// Count hits only the first Count requests that match (counted from Nth if that is given); 0 means no end, or one
	// if Nth is given.
	Count int
	// Every hits the matching requests whose number is a multiple of it only; 0 and 1 mean all. It goes with no Nth.
	Every int
}

// Fault is what goes wrong with the requests that match. Without Status, Redirect and a cut the request is
// carried out as usual, after Delay.
type Fault struct {
	Match Match
	// Status is answered, with Body and Header, instead of carrying out the request.
	Status int
	Body   string
	// Header is added to the answer, for example Retry-After.
	Header http.Header
	// Half carries the request out but for some files; Status and Body, where they are given, are answered after that.
	// Nil is no such fault.
	Half *Half
	// Delay comes before anything else.
	Delay time.Duration
	// CutBefore cuts the connection without carrying out the request; CutAfter after having carried it out.
	CutBefore, CutAfter bool
	// Truncate cuts the connection in the middle of the answer's body.
	Truncate bool
	// WrongDigest appends a blank to the body and names another digest in the header.
	WrongDigest bool
	// Before and After are called before and after the request is carried out, in its own goroutine; nil is nothing. A
	// test can end the client there.
	Before, After func()
	// Redirect answers 307 (or Status) to that base URL plus the path and query of the request.
	Redirect string
}

// rule is a Fault with its count.
type rule struct {
	Fault
	path *regexp.Regexp
	seen int
}

func newRule(f Fault) (*rule, error) {
	re, err := regexp.Compile(f.Match.Path)
	if err != nil {
		return nil, fmt.Errorf("fault: %w", err)
	}
	if f.Half != nil {
		half := *f.Half
		if half.path, err = regexp.Compile(half.Without); err != nil {
			return nil, fmt.Errorf("fault: %w", err)
		}
		f.Half = &half
	}
	return &rule{Fault: f, path: re}, nil
}

// hits counts the request if it matches, and reports whether the fault is for it.
func (u *rule) hits(r *http.Request) bool {
	if u.Match.Method != "" && u.Match.Method != r.Method {
		return false
	}
	if !u.path.MatchString(r.URL.RequestURI()) {
		return false
	}
	u.seen++
	if u.seen%max(u.Match.Every, 1) != 0 {
		return false
	}
	first := max(u.Match.Nth, 1)
	count := u.Match.Count
	if count == 0 && u.Match.Nth > 0 {
		count = 1
	}
	return u.seen >= first && (count == 0 || u.seen < first+count)
}
