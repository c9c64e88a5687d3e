package transport

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/sanitize"
)

// maxErrorText bounds what an error text repeats of an answer, in characters.
const maxErrorText = 500

// describe writes a URL for logs and errors: never the user; of the query at the server all but secrets, elsewhere the
// names only, since storage hosts sign with parameters of any name.
func (t *Transport) describe(u *url.URL) string {
	text := u.Scheme + "://" + u.Host + u.EscapedPath()
	if query := redactQuery(u.RawQuery, t.isServer(u)); query != "" {
		text += "?" + query
	}
	return sanitize.Message(text)
}

func redactQuery(raw string, ours bool) string {
	if raw == "" {
		return ""
	}
	pairs := strings.Split(raw, "&")
	for i, pair := range pairs {
		name, _, found := strings.Cut(pair, "=")
		if found && (!ours || sensitive(name)) {
			pairs[i] = name + "=…"
		}
	}
	return strings.Join(pairs, "&")
}

// sensitive judges the name of a query parameter by its parts; a name that cannot be read is one.
func sensitive(name string) bool {
	plain, err := url.QueryUnescape(name)
	if err != nil {
		return true
	}
	plain = strings.ToLower(plain)
	return slices.ContainsFunc(
		[]string{"amz", "auth", "cred", "goog", "key", "pass", "pwd", "secret", "session", "sig", "state", "token", "user"},
		func(part string) bool { return strings.Contains(plain, part) },
	)
}

// host names the other end, without user.
func host(u *url.URL) string { return sanitize.Message(u.Host) }

// withoutSecrets takes the credentials of the request out of an answer that repeats them, as error pages do.
func withoutSecrets(text string, sent http.Header) string { return Hide(text, secrets(sent)...) }

// Hide takes secrets out of a text, in whatever notation it repeats them. Empty ones are passed over.
func Hide(text string, secrets ...string) string {
	var all []string
	for _, secret := range secrets {
		if secret != "" {
			all = append(all, notations(secret)...)
		}
	}
	// What contains another one goes first, or its remains would stay.
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	for _, secret := range all {
		text = strings.ReplaceAll(text, secret, "…")
	}
	return text
}

// notations are the ways in which a page writes a text: as it is, in HTML, in an address, in JSON.
func notations(text string) []string {
	quoted, _ := json.Marshal(text) // A string always can be.
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text)
	return []string{
		text, html.EscapeString(text), url.QueryEscape(text), url.PathEscape(text),
		strings.Trim(string(quoted), `"`), strings.Trim(strings.TrimSpace(plain.String()), `"`),
	}
}

// redactBody is withoutSecrets for an answer that others will read. What is too long to be held is no error message.
func redactBody(resp *http.Response, sent http.Header) {
	if _, long := resp.Body.(*stream); long || resp.Body == nil {
		return
	}
	// It was read to its end before.
	raw, _ := io.ReadAll(resp.Body)
	text := withoutSecrets(string(raw), sent)
	resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
}

func secrets(h http.Header) (all []string) {
	for _, name := range []string{"Authorization", "Cookie", "X-Jfrog-Art-Api"} {
		for _, value := range h.Values(name) {
			_, token, found := strings.Cut(value, " ")
			if !found {
				token = value
			}
			all = append(all, value, token)
		}
	}
	if plain, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(h.Get("Authorization"), "Basic ")); err == nil {
		_, password, _ := strings.Cut(string(plain), ":")
		all = append(all, string(plain), password)
	}
	return all
}
