package jfrog

import (
	"net/url"
	"strings"

	"github.com/jfrog/jfrog-cli-core/v2/utils/config"
)

// baseURL returns Artifactory's URL with a trailing slash, or why it cannot be used.
func baseURL(details *config.ServerDetails) (*url.URL, error) {
	raw := details.ArtifactoryUrl
	if raw == "" {
		return nil, &URLError{Reason: "server ID \"" + details.ServerId + "\" has none; set it with 'jf config edit " +
			details.ServerId + " --artifactory-url <URL>'"}
	}
	base, err := url.Parse(raw)
	if err != nil {
		// The parser's own message repeats the URL, a password in it included.
		return nil, &URLError{URL: withoutUserinfo(raw), Reason: "it cannot be parsed"}
	}
	if reason := unusable(base, details.SshKeyPath); reason != "" {
		return nil, &URLError{URL: withoutUserinfo(raw), Reason: reason}
	}
	base.Path = strings.TrimRight(base.Path, "/") + "/"
	base.RawPath = ""
	return base, nil
}

// unusable reports why a URL cannot be the base of requests, or returns "".
func unusable(base *url.URL, sshKeyPath string) string {
	switch {
	case strings.EqualFold(base.Scheme, "ssh") || sshKeyPath != "":
		return "SSH authentication cannot be used, since the registry API has no SSH login; use an access token"
	case base.Scheme != "http" && base.Scheme != "https":
		return "it must begin with https:// or http://, for example https://acme.jfrog.io/artifactory"
	case base.Host == "":
		return "it names no host"
	case base.User != nil:
		return "credentials do not belong into the URL; use --user and --password, or --access-token"
	case base.RawQuery != "" || base.Fragment != "":
		return "it must end with the path of Artifactory, without ? or #"
	}
	return ""
}

// withoutUserinfo removes everything between the scheme and the last @, where a password may stand. It works
// on text, since it is also for URLs that cannot be parsed.
func withoutUserinfo(raw string) string {
	at := strings.LastIndex(raw, "@")
	if at < 0 {
		return raw
	}
	scheme, _, found := strings.Cut(raw[:at], "://")
	if !found {
		return raw[at+1:]
	}
	return scheme + "://" + raw[at+1:]
}
