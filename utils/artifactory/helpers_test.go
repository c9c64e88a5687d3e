package artifactory_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/transport"
)

const (
	dev  = "docker-dev"
	prod = "docker-prod"
)

// basic sends user and password.
type basic struct{ user, password string }

func (b basic) Authorize(req *http.Request) error {
	req.SetBasicAuth(b.user, b.password)
	return nil
}

// connect makes a client as the plugin does, with patience for no repetition.
func connect(t *testing.T, address string, auth transport.Authorizer) *artifactory.Client {
	t.Helper()
	base, err := url.Parse(address)
	require.NoError(t, err)
	carrier := transport.New(transport.Options{Server: base, Auth: auth, Retry: transport.Retry{
		Attempts: -1,
		Wait:     time.Nanosecond,
	}})
	t.Cleanup(carrier.CloseIdleConnections)
	return artifactory.New(base, carrier.Client())
}

// start runs the double with repositories of each class, and a user for each kind of right.
func start(t *testing.T, change func(*double.Knobs)) (*double.Server, *artifactory.Client) {
	t.Helper()
	s := double.Start(t)
	for _, r := range []double.Repository{
		{Key: dev},
		{Key: prod, Class: double.Federated, Excludes: []string{"secret/**"}},
		{Key: "Docker-OCI", PackageType: "oci"},
		{Key: "generic", PackageType: "generic"},
		{Key: "hub", Class: double.Remote},
		{Key: "all", Class: double.Virtual, Members: []string{dev, prod}},
	} {
		s.AddRepository(r)
	}
	s.AddUser(double.User{Name: "admin", Password: "secret", Admin: true})
	s.AddUser(double.User{Name: "reader", Password: "secret", Grants: []double.Grant{{Repo: "docker-*", Read: true}}})
	s.AddUser(double.User{
		Name: "deployer", Password: "secret",
		Grants: []double.Grant{{Repo: "docker-*", Read: true, Deploy: true}},
	})
	s.AddUser(double.User{Name: "nobody", Password: "secret"})
	if change != nil {
		s.SetKnobs(change)
	}
	return s, connect(t, s.URL(), basic{"admin", "secret"})
}

func as(t *testing.T, s *double.Server, user string) *artifactory.Client {
	t.Helper()
	return connect(t, s.URL(), basic{user, "secret"})
}

// sent is a request as it arrived.
type sent struct {
	method, path, query, body string
	header                    http.Header
}

// script is a server that answers everything in one way and keeps what it was asked.
type script struct {
	mu   sync.Mutex
	sent []sent
}

func (s *script) requests() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sent
}

// scripted starts a server that gives one answer to everything.
func scripted(t *testing.T, status int, body string) (*script, *artifactory.Client) {
	t.Helper()
	s := &script{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.sent = append(s.sent, sent{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, string(raw), r.Header})
		s.mu.Unlock()
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return s, connect(t, server.URL+"/artifactory/", nil)
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	return string(raw)
}
