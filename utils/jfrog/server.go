package jfrog

import (
	"net/http"
	"net/url"

	"github.com/jfrog/jfrog-cli-core/v2/utils/config"
	artifactoryauth "github.com/jfrog/jfrog-client-go/artifactory/auth"
	"github.com/jfrog/jfrog-client-go/auth"
)

// Server is one Artifactory with what it takes to talk to it. It may be used by many goroutines. Printing it shows no
// secrets.
type Server struct {
	id          string
	base        *url.URL
	insecureTLS bool
	certificate clientCertificate
	credentials *credentials
}

func newServer(details config.ServerDetails, base *url.URL) *Server {
	return &Server{
		id:          details.ServerId,
		base:        base,
		insecureTLS: details.InsecureTls,
		certificate: clientCertificate{path: details.ClientCertPath, keyPath: details.ClientCertKeyPath},
		credentials: newCredentials(details),
	}
}

// URL returns the base of Artifactory's REST API, with a trailing slash. The caller may change it.
func (s *Server) URL() *url.URL {
	base := *s.base
	return &base
}

// ID returns the server ID, empty for a server that was given by --url alone.
func (s *Server) ID() string {
	return s.id
}

// String returns the server ID or, without one, the URL.
func (s *Server) String() string {
	if s.id != "" {
		return s.id
	}
	return s.base.String()
}

// GoString keeps %#v from printing credentials.
func (s *Server) GoString() string {
	return s.String()
}

// ServiceDetails returns what client-go's services need to be built: the URL and nothing else. Requests are
// authorised by the transport underneath, so that no service can send credentials elsewhere.
func (s *Server) ServiceDetails() auth.ServiceDetails {
	details := artifactoryauth.NewArtifactoryDetails()
	details.SetUrl(s.base.String())
	return details
}

// Authorize adds the server's credentials to a request as jf does: an access token as bearer, an API key or a password
// as basic authentication. A token that is about to expire is renewed first, see credentials. A request for
// another scheme, host or port is left without credentials.
func (s *Server) Authorize(request *http.Request) error {
	if request.URL.Scheme != s.base.Scheme || request.URL.Host != s.base.Host {
		return nil
	}
	current, err := s.credentials.current(request.Context())
	if err != nil {
		return err
	}
	current.apply(request)
	return nil
}
