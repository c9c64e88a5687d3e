package jfrog_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/jfrog"
)

// entry is a server in jf's configuration file.
type entry map[string]any

// home is a JFrog CLI home directory of a test's own.
type home struct {
	dir string
}

func newHome(t *testing.T, servers ...entry) home {
	t.Helper()
	h := home{dir: t.TempDir()}
	t.Setenv("JFROG_CLI_HOME_DIR", h.dir)
	for _, name := range []string{"JFROG_CLI_SERVER_ID", "JFROG_CLI_ENCRYPTION_KEY"} {
		t.Setenv(name, "")
		require.NoError(t, os.Unsetenv(name))
	}
	// A value that is no boolean: cli-core's own way to the server details would fail with it.
	t.Setenv("CI", "woodpecker")
	if len(servers) > 0 {
		content, err := json.MarshalIndent(map[string]any{"servers": servers, "version": "6"}, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(h.config(), content, 0o600))
	}
	return h
}

func (h home) config() string {
	return filepath.Join(h.dir, "jfrog-cli.conf.v6")
}

func (h home) read(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(h.config())
	require.NoError(t, err)
	return string(content)
}

// options makes what an action gets of "--name=value" words.
func options(words ...string) *components.Context {
	c := new(components.Context)
	c.AddStringFlag("", "")
	for _, word := range words {
		name, value, _ := strings.Cut(strings.TrimPrefix(word, "--"), "=")
		c.AddStringFlag(name, value)
	}
	return c
}

// token makes a JWT that ends then. Nobody checks its signature on this side.
func token(name string, end time.Time) string {
	payload := fmt.Sprintf(`{"sub":"jfac@01/users/%s","exp":%d,"iat":%d}`, name, end.Unix(), end.Add(-time.Hour).Unix())
	encode := base64.RawStdEncoding.EncodeToString
	return encode([]byte(`{"alg":"none"}`)) + "." + encode([]byte(payload)) + "." + encode([]byte(name))
}

// platform is a server that hands out tokens and remembers what it was asked.
type platform struct {
	*httptest.Server
	mu    sync.Mutex
	seen  []string
	next  string // the access token that is handed out
	fails bool
	// arrived gets an element for each request before it is answered.
	arrived chan struct{}
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{arrived: make(chan struct{}, 100)}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.arrived <- struct{}{}
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = r.ParseForm()
	refresh := r.PostFormValue("refresh_token")
	if refresh == "" {
		var body struct {
			RefreshToken string `json:"refresh_token"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		refresh = body.RefreshToken
	}
	p.seen = append(p.seen, r.Method+" "+r.URL.Path+" "+refresh)
	if p.fails {
		http.Error(w, `{"error":"no"}`, http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(w, `{"access_token":%q,"refresh_token":"refresh-2","expires_in":3600,"token_type":"Bearer"}`, p.next)
}

func (p *platform) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

// authorization returns the header that a request to the server gets.
func authorization(t *testing.T, server *jfrog.Server) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		server.URL().JoinPath("api/system/ping").String(), nil)
	require.NoError(t, err)
	require.NoError(t, server.Authorize(request))
	return request.Header.Get("Authorization")
}

func basic(user, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))
}
