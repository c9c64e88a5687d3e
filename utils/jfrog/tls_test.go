package jfrog_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/jfrog"
)

// reach sends one request with the server's TLS settings.
func reach(t *testing.T, server *jfrog.Server) error {
	t.Helper()
	settings, err := server.TLSConfig()
	require.NoError(t, err)
	transport := &http.Transport{TLSClientConfig: settings}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL().String(), nil)
	require.NoError(t, err)
	response, err := transport.RoundTrip(request)
	if err == nil {
		err = response.Body.Close()
	}
	return err
}

func writePEM(t *testing.T, path, kind string, content []byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600))
}

// writeCertificate makes a self-signed certificate of a client.
func writeCertificate(t *testing.T, path, keyPath string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	encoded, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	writePEM(t, path, "CERTIFICATE", certificate)
	writePEM(t, keyPath, "PRIVATE KEY", encoded)
}

func TestServerCertificate(t *testing.T) {
	remote := httptest.NewTLSServer(http.NotFoundHandler())
	defer remote.Close()
	h := newHome(t)
	url := "--url=" + remote.URL
	resolve := func(insecure bool) *jfrog.Server {
		server, err := jfrog.Resolve(options(url), jfrog.Options{InsecureTLS: insecure})
		require.NoError(t, err)
		return server
	}
	var unknown *tls.CertificateVerificationError
	require.ErrorAs(t, reach(t, resolve(false)), &unknown)
	require.NoError(t, reach(t, resolve(true)))

	writePEM(t, filepath.Join(h.dir, "security", "certs", "ca.pem"), "CERTIFICATE", remote.Certificate().Raw)
	require.NoError(t, reach(t, resolve(false)))
}

func TestClientCertificate(t *testing.T) {
	remote := httptest.NewUnstartedServer(http.NotFoundHandler())
	remote.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS12}
	remote.StartTLS()
	defer remote.Close()
	h := newHome(t)
	path, keyPath := filepath.Join(h.dir, "client.pem"), filepath.Join(h.dir, "client.key")
	writeCertificate(t, path, keyPath)

	server, err := jfrog.Resolve(options("--url="+remote.URL), jfrog.Options{InsecureTLS: true})
	require.NoError(t, err)
	require.Error(t, reach(t, server), "without a certificate")

	server, err = jfrog.Resolve(options("--url="+remote.URL, "--client-cert-path="+path,
		"--client-cert-key-path="+keyPath), jfrog.Options{InsecureTLS: true})
	require.NoError(t, err)
	require.NoError(t, reach(t, server))
}

func TestClientCertificateMistakes(t *testing.T) {
	h := newHome(t)
	for want, words := range map[string][]string{
		"add --client-cert-path":            {"--client-cert-key-path=/k.pem"},
		filepath.Join(h.dir, "missing.pem"): {"--client-cert-path=" + filepath.Join(h.dir, "missing.pem")},
	} {
		server, err := jfrog.Resolve(options(append(words, "--url=https://rt.example")...), jfrog.Options{})
		require.NoError(t, err)
		_, err = server.TLSConfig()
		assert.ErrorContains(t, err, want)
	}
}
