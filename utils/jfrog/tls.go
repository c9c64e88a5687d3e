package jfrog

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"

	"github.com/jfrog/jfrog-cli-core/v2/utils/coreutils"
	"github.com/jfrog/jfrog-client-go/auth/cert"
)

// clientCertificate names the PEM files of --client-cert-path and --client-cert-key-path or of the configuration.
type clientCertificate struct {
	path, keyPath string
}

// load reads the certificate; there is none if no path is set.
func (c clientCertificate) load() ([]tls.Certificate, error) {
	if c.path == "" {
		if c.keyPath != "" {
			return nil, errors.New("a client certificate key is set, but no certificate; add --client-cert-path")
		}
		return nil, nil
	}
	certificate, err := cert.LoadCertificate(c.path, c.keyPath)
	if err != nil {
		return nil, fmt.Errorf("client certificate %s: %w", c.path, err)
	}
	return []tls.Certificate{certificate}, nil
}

// TLSConfig returns the server's TLS settings as jf has them: the system's CAs and those in the security/certs folder
// of the JFrog CLI home, the client certificate, TLS 1.2 at least. The caller owns the result.
func (s *Server) TLSConfig() (*tls.Config, error) {
	folder, err := coreutils.GetJfrogCertsDir()
	if err != nil {
		return nil, err
	}
	settings, err := s.trusting(folder)
	if err != nil {
		return nil, fmt.Errorf("reading the CA certificates in %s: %w", folder, err)
	}
	settings.Certificates, err = s.certificate.load()
	return settings, err
}

// trusting adds the CAs in a folder to those of the system. Without any the system's are left to Go, which reads them
// when it meets the first certificate: it takes longer than all the rest of a short run, and a server without TLS never
// needs them.
func (s *Server) trusting(folder string) (*tls.Config, error) {
	if entries, err := os.ReadDir(folder); errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return &tls.Config{
			ClientSessionCache: tls.NewLRUClientSessionCache(1),
			InsecureSkipVerify: s.insecureTLS, //nolint:gosec // it is what --insecure-tls asks for
			MinVersion:         tls.VersionTLS12,
		}, nil
	}
	transport, err := cert.GetTransportWithLoadedCert(folder, s.insecureTLS, &http.Transport{})
	if err != nil {
		return nil, err
	}
	return transport.TLSClientConfig, nil
}
