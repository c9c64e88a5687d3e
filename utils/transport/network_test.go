package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serveTLS starts a server that asks for a client certificate and tells the protocol and whether it got one.
func serveTLS(t *testing.T, h2 bool) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/cut") {
			panic(http.ErrAbortHandler)
		}
		if target := r.URL.Query().Get("to"); target != "" {
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, fmt.Sprintf("HTTP/%d, %d certificates", r.ProtoMajor, len(r.TLS.PeerCertificates)))
	}))
	s.EnableHTTP2 = h2
	s.TLS = &tls.Config{ClientAuth: tls.RequestClientCert, MinVersion: tls.VersionTLS12}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// trusting trusts the server and has a certificate of its own (the server's will do).
func trusting(s *httptest.Server) *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{RootCAs: pool, Certificates: s.TLS.Certificates, MinVersion: tls.VersionTLS12}
}

func TestHTTP2AndClientCertificate(t *testing.T) {
	t.Parallel()
	s := serveTLS(t, true)
	_, text, err := send(t, over(t, s.URL, Options{TLS: trusting(s)}), request(t, http.MethodGet, s.URL, ""))
	require.NoError(t, err)
	assert.Equal(t, "HTTP/2, 1 certificates", text)
}

func TestTheClientCertificateIsForTheServerOnly(t *testing.T) {
	t.Parallel()
	server, storage := serveTLS(t, false), serveTLS(t, true)
	tr := over(t, server.URL, Options{TLS: trusting(server)})
	_, text, err := send(t, tr, request(t, http.MethodGet, server.URL, ""))
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1, 1 certificates", text)
	_, text, err = send(t, tr, request(t, http.MethodGet, server.URL+"?to="+storage.URL, ""))
	require.NoError(t, err)
	assert.Equal(t, "HTTP/2, 0 certificates", text)
}

func TestAnUntrustedServerIsReportedAtOnce(t *testing.T) {
	t.Parallel()
	s := serveTLS(t, true)
	tr := over(t, s.URL, Options{})
	for _, method := range []string{http.MethodGet, http.MethodPut} {
		_, _, err := send(t, tr, request(t, method, s.URL, "x"))
		var untrusted *tls.CertificateVerificationError
		require.ErrorAs(t, err, &untrusted)
		var unclear *UnclearError
		assert.False(t, assertAs(err, &unclear))
	}
	assert.Equal(t, int64(2), tr.Counters().Requests)
}

func TestAWriteCutInHTTP2IsUnclear(t *testing.T) {
	t.Parallel()
	s := serveTLS(t, true)
	tr := over(t, s.URL, Options{TLS: trusting(s)})
	_, _, err := send(t, tr, request(t, http.MethodPut, s.URL+"/cut", "x"))
	var unclear *UnclearError
	require.ErrorAs(t, err, &unclear)
	assert.Equal(t, int64(1), tr.Counters().Requests)
}

func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_,
			_ = io.WriteString(w, "x")
	}))
	s.Config.ConnState = countNew(&connections)
	s.Start()
	t.Cleanup(s.Close)
	tr := over(t, s.URL, Options{})
	for range 20 {
		req := request(t, http.MethodPost, s.URL, "x")
		req.Close = true
		_, _, err := send(t, tr, req)
		require.NoError(t, err)
		assert.True(t, req.Close, "the caller's request must stay as it was")
	}
	assert.Equal(t, int64(1), connections.Load())
}

func TestAWriteWithoutConnectionLeavesNoDoubt(t *testing.T) {
	t.Parallel()
	broken := errors.New("no route of any known kind")
	tr := over(t, "http://art.example.com/", Options{})
	base, ok := tr.own.(*http.Transport)
	require.True(t, ok)
	base.DialContext = func(context.Context, string, string) (net.Conn, error) { return nil, broken }
	_, _, err := send(t, tr, request(t, http.MethodPut, "http://art.example.com/r/i", "x"))
	require.ErrorIs(t, err, broken)
	var unclear *UnclearError
	assert.False(t, assertAs(err, &unclear))
	assert.Equal(t, int64(1+DefaultAttempts), tr.Counters().Requests)
}
