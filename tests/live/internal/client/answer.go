package client

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode"
)

// maxExcerpt is how much of a body is evidence.
const maxExcerpt = 400

// Answer is what the server said.
type Answer struct {
	Method, URL string
	Status      int
	Header      http.Header
	Body        []byte
}

// JSON reads the body; it says whether that was possible.
func (a *Answer) JSON(into any) bool { return json.Unmarshal(a.Body, into) == nil }

// Exchange is a request and its answer as evidence: it can be shown to anybody.
type Exchange struct {
	Request string            `json:"request"`
	Status  int               `json:"status"`
	Header  map[string]string `json:"header,omitempty"`
	Body    string            `json:"body,omitempty"`
}

// telling are the headers that statements are about. Others may carry names of nodes and proxies.
var telling = []string{
	"Content-Type", "Docker-Content-Digest", "Docker-Distribution-Api-Version", "Link", "Location", "Oci-Filters-Applied", "Oci-Subject",
	"Range", "Retry-After", "Www-Authenticate", "X-Checksum-Sha256",
}

// Evidence is the answer without anything that names the server, its users or a secret.
func (a *Answer) Evidence(r *Redactor) Exchange {
	e := Exchange{Request: a.Method + " " + r.Redact(a.URL), Status: a.Status, Header: map[string]string{}}
	for _, name := range telling {
		if value := a.Header.Get(name); value != "" {
			e.Header[strings.ToLower(name)] = r.Redact(value)
		}
	}
	e.Body = excerpt(r.Redact(string(a.Body)))
	return e
}

// excerpt is the beginning of a text, on one line and without control characters.
func excerpt(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) || unicode.IsSpace(c) {
			return c
		}
		return '?'
	}, s)), " ")
	if runes := []rune(s); len(runes) > maxExcerpt {
		return string(runes[:maxExcerpt]) + "…"
	}
	return s
}
