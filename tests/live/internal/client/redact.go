package client

import (
	"cmp"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// place is a URL, as far as it can be told from the text around it.
var place = regexp.MustCompile(`https?://[^\s"'<>\\]+`)

// Redactor replaces what nobody but the user has to see.
type Redactor struct {
	host  string
	words []word
	users []*regexp.Regexp
}

type word struct{ secret, shown string }

// NewRedactor hides the server.
func NewRedactor(c *Client) *Redactor {
	r := &Redactor{host: c.base.Host}
	r.Hide(c.base.Host, "<server>")
	if name, _, err := net.SplitHostPort(c.base.Host); err == nil {
		r.Hide(name, "<server>")
	}
	r.Hide(c.token, "<token>")
	return r
}

// Hide shows a word instead of a secret from now on. Short ones are left: they would hide half of the text.
func (r *Redactor) Hide(secret, shown string) {
	if len(secret) < 3 {
		return
	}
	r.words = append(r.words, word{secret, shown})
	// The longest goes first, so that a host's name does not spoil the host with its port.
	slices.SortStableFunc(r.words, func(a, b word) int { return cmp.Compare(len(b.secret), len(a.secret)) })
}

// HideUser hides the name of a user where it is a word of its own.
func (r *Redactor) HideUser(name string) {
	if name != "" {
		r.users = append(r.users, regexp.MustCompile(`(?i)(^|\b)`+regexp.QuoteMeta(name)+`(\b|$)`))
	}
}

// Redact hides everything that was told, in a text. Of URLs on other servers only the scheme is left: their queries are
// signatures.
func (r *Redactor) Redact(s string) string {
	s = place.ReplaceAllStringFunc(s, r.url)
	for _, w := range r.words {
		s = strings.ReplaceAll(s, w.secret, w.shown)
	}
	for _, user := range r.users {
		s = user.ReplaceAllString(s, "<user>")
	}
	return s
}

func (r *Redactor) url(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host != r.host {
		return "<elsewhere>"
	}
	shown := "<server>" + u.EscapedPath()
	if u.RawQuery != "" {
		shown += "?" + u.RawQuery
	}
	return shown
}
