package transport

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

const (
	dialTimeout         = 30 * time.Second
	tlsHandshakeTimeout = 15 * time.Second
	// idleTimeout is shorter than the keep-alive of common servers and proxies (60 s and more): a write on a connection
	// that the server is just closing has an unknown outcome.
	idleTimeout = 30 * time.Second
)

// network is the real base: keep-alive, HTTP/2 where the server has it, proxies from the environment. Answers are taken
// as they are, never unpacked, so that digests and lengths are those of the server.
func network(o Options, settings *tls.Config) *http.Transport {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: idleTimeout}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		TLSClientConfig:       clone(settings),
		TLSHandshakeTimeout:   tlsHandshakeTimeout,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true,
		MaxIdleConns:          2 * o.MaxInFlight,
		MaxIdleConnsPerHost:   o.MaxInFlight,
		IdleConnTimeout:       idleTimeout,
	}
}

func clone(settings *tls.Config) *tls.Config {
	if settings == nil {
		return &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return settings.Clone()
}

// withoutCertificates is for foreign hosts: a client certificate is a credential too, and a server name is that of the
// server.
func withoutCertificates(settings *tls.Config) *tls.Config {
	c := clone(settings)
	c.Certificates, c.GetClientCertificate, c.ServerName = nil, nil, ""
	return c
}
