package transport

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
)

// maxRedirects is that of net/http.
const maxRedirects = 10

// follow sends a request, and on to where it is redirected.
func (t *Transport) follow(req *http.Request, attempt int) outcome {
	h := hop{url: req.URL, crossOrigin: !t.isServer(req.URL)}
	for {
		o := t.send(req, h, attempt)
		if o.err != nil {
			return o
		}
		target := o.resp.Header.Get("Location")
		if !redirects(o.resp.StatusCode) || target == "" {
			return t.arrived(req, h, o)
		}
		_ = o.resp.Body.Close()
		next, err := t.next(req, h, o, target)
		if err != nil {
			// "See other" is how a server answers an action that it has carried out.
			return outcome{err: err, permanent: true, unclear: o.resp.StatusCode == http.StatusSeeOther}
		}
		h = next
	}
}

func redirects(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	default:
		return false
	}
}

// next judges a redirect. Reads go anywhere, without credentials unless the way never left the server. Anything with
// another method stays at the server and is repeated only if the server said to keep the method (307, 308): net/http
// would make a GET of it, whose success would look like that of the write.
func (t *Transport) next(req *http.Request, from hop, o outcome, location string) (hop, error) {
	status := o.resp.StatusCode
	u, err := from.url.Parse(location)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return hop{}, t.refuse(req, from, status, "an address that cannot be used", "")
	}
	if from.number+1 > maxRedirects {
		return hop{}, t.refuse(req, from, status, t.describe(u), "too many redirects")
	}
	if !t.isServer(u) && repeats(location, o.sent) {
		return hop{}, t.refuse(req, from, status, host(u), "the address repeats the credentials")
	}
	if err := t.admitHop(method(req), u); err != nil {
		return hop{}, err
	}
	if !isPlainRead(req) && !t.mayRepeatAt(u, req, status) {
		return hop{}, t.refuse(req, from, status, t.describe(u), "only reads are followed; is the configured address right?")
	}
	return hop{url: u, crossOrigin: from.crossOrigin || !t.isServer(u), number: from.number + 1}, nil
}

func isPlainRead(req *http.Request) bool {
	return method(req) == http.MethodGet || method(req) == http.MethodHead
}

// mayRepeatAt reports whether a request that is neither GET nor HEAD can go to u as it is. The AQL search must stay
// one: elsewhere the same POST would be a write.
func (t *Transport) mayRepeatAt(u *url.URL, req *http.Request, status int) bool {
	kept := status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
	return kept && replayable(req) && t.isRead(method(req), u) == t.isRead(method(req), req.URL)
}

// chance is the length, in bytes, below which a secret can be in an address by chance.
const chance = 8

// repeats reports whether an address holds the credentials of the request that was answered with it.
func repeats(location string, sent http.Header) bool {
	long := slices.DeleteFunc(secrets(sent), func(s string) bool { return len(s) < chance })
	return Hide(location, long...) != location
}

func (t *Transport) refuse(req *http.Request, from hop, status int, to, reason string) error {
	return &RedirectError{Method: method(req), From: t.describe(from.url), To: to, Status: status, Reason: reason}
}

// arrived judges the answer at the end of the way. What another host says is taken only if it is content: its 404 says
// nothing about the server, and a web page is somebody's sign-in form.
func (t *Transport) arrived(req *http.Request, h hop, o outcome) outcome {
	status := o.resp.StatusCode
	reason := ""
	switch {
	case !h.crossOrigin:
		o.resp.Request = req
		if h.number > 0 {
			// Relative links in the answer start from where it came.
			o.resp.Request = req.Clone(req.Context())
			o.resp.Request.URL = h.url
		}
		return o
	case status < http.StatusOK || status >= http.StatusMultipleChoices:
		reason = "this says nothing about the configured server"
	case isPage(o.resp.Header):
		reason = "a web page instead of content; a sign-in form?"
	default:
		o.resp.Request = req
		return o
	}
	_ = o.resp.Body.Close()
	return outcome{err: &ForeignError{Method: method(req), Host: host(h.url), Status: status, Reason: reason}}
}

func isPage(h http.Header) bool {
	mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && mediaType == "text/html"
}
