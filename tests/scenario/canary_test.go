package scenario

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// What must never be seen. The password has characters that every notation escapes in its own way.
const (
	canaryPassword = `pa"55<w0rd>&of/ci+=%`
	canaryToken    = "t0ken+of/c1="
	canaryRefresh  = "refre5h+0f/c1="
	canaryFresh    = "fre5h+t0ken/of-c1="
	canaryKey      = "AKCp8" + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
)

// commandLines are all command lines that talk to a server. A new command joins by a line.
func commandLines() map[string][]string {
	return map[string][]string{
		"promote":      {"promote", ref(app, "1.0"), dev, prod, "--copy"},
		"promote JSON": {"promote", ref(app, "1.0"), dev, prod, "--format", "json"},
		"promote all":  {"promote", app, dev, prod, "--copy"},
		"dry run":      {"promote", ref(app, "1.0"), dev, prod, "--dry-run"},
		"status":       {"status", dev + "/" + ref(app, "1.0"), "--target-repo", prod},
		"status JSON":  {"status", dev + "/" + ref(app, "1.0"), "--format", "json"},
	}
}

// login is a way to give credentials.
type login struct {
	// args are given to every command; server is the entry in the configuration, if there is one.
	args   []string
	server map[string]any
}

func logins() map[string]login {
	return map[string]login{
		"password":            {args: []string{"--user", user, "--password", canaryPassword}},
		"token":               {args: []string{"--access-token", canaryToken}},
		"API key":             {args: []string{"--user", user, "--access-token", canaryKey}},
		"configured password": {server: map[string]any{"user": user, "password": canaryPassword}},
		"configured token":    {server: map[string]any{"accessToken": canaryToken}},
		// The token is over, so that it is renewed first.
		"refreshed": {server: map[string]any{"accessToken": expired(), "refreshToken": canaryRefresh}},
	}
}

// expired is an access token in the form that tells its end.
func expired() string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"none"}`) + "." + part(`{"sub":"`+user+`","exp":1000000000}`) + "." + part(canaryToken)
}

// canaries are all secrets, in each notation in which a page may repeat them.
func canaries() []string {
	plain := []string{canaryPassword, canaryToken, canaryRefresh, canaryFresh, canaryKey, expired()}
	for _, secret := range []string{canaryPassword, canaryKey} {
		plain = append(plain, base64.StdEncoding.EncodeToString([]byte(user+":"+secret)),
			base64.StdEncoding.EncodeToString([]byte(secret)))
	}
	var all []string
	for _, secret := range plain {
		all = append(all, notations(secret)...)
	}
	return all
}

// notations are how pages write a text.
func notations(text string) []string {
	quoted := func(escape bool) string {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(escape)
		if err := e.Encode(text); err != nil {
			panic(err)
		}
		return strings.Trim(strings.TrimSpace(b.String()), `"`)
	}
	return []string{
		text, html.EscapeString(text), url.QueryEscape(text), url.PathEscape(text), quoted(true),
		quoted(false),
	}
}

// trouble answers in place of the server, unless it returns false.
type trouble func(w http.ResponseWriter, r *http.Request, elsewhere string) bool

// repeated is what a server can repeat of a request: the headers that prove who it is from, and what is in them.
func repeated(r *http.Request) []string {
	var all []string
	for _, value := range r.Header.Values("Authorization") {
		_, credential, _ := strings.Cut(value, " ")
		all = append(all, value, credential)
	}
	if name, secret, ok := r.BasicAuth(); ok {
		all = append(all, name+":"+secret, secret)
	}
	return all
}

// page answers with everything in every notation.
func page(status int, contentType, before, after string) trouble {
	return func(w http.ResponseWriter, r *http.Request, _ string) bool {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		var body strings.Builder
		for _, text := range repeated(r) {
			for _, notation := range notations(text) {
				if contentType != "application/json" || json.Valid([]byte(`"`+notation+`"`)) {
					body.WriteString(" you sent " + notation)
				}
			}
		}
		_, _ = fmt.Fprint(w, before+body.String()+after)
		return true
	}
}

// on limits a trouble to requests whose method and path contain a text.
func on(part string, t trouble) trouble {
	return func(w http.ResponseWriter, r *http.Request, elsewhere string) bool {
		return strings.Contains(r.Method+" "+r.URL.Path, part) && t(w, r, elsewhere)
	}
}

func secretTroubles() map[string]trouble {
	const restBefore, restAfter = `{"errors":[{"status":400,"message":"`, `"}]}`
	const ociBefore, ociAfter = `{"errors":[{"code":"DENIED","message":"`, `"}]}`
	const copyBefore, copyAfter = `{"messages":[{"level":"ERROR","message":"`, `"}]}`
	header := func(status int, name string, value func(r *http.Request, elsewhere string) string) trouble {
		return func(w http.ResponseWriter, r *http.Request, elsewhere string) bool {
			w.Header().Set(name, value(r, elsewhere))
			w.WriteHeader(status)
			return true
		}
	}
	all := map[string]trouble{
		"none":                   func(http.ResponseWriter, *http.Request, string) bool { return false },
		"page on manifests":      on("GET /artifactory/api/docker", page(403, "text/html", "<html>", "</html>")),
		"registry's errors":      on("/manifests/", page(403, "application/json", ociBefore, ociAfter)),
		"registry's failures":    on("/referrers/", page(500, "application/json", ociBefore, ociAfter)),
		"copy refused":           on("POST /artifactory/api/copy", page(409, "application/json", copyBefore, copyAfter)),
		"copy with 200":          on("POST /artifactory/api/copy", page(200, "application/json", copyBefore, copyAfter)),
		"promotion refused":      on("/v2/promote", page(400, "application/json", restBefore, restAfter)),
		"promotion fails":        on("/v2/promote", page(502, "text/plain", "", "")),
		"delete refused":         on("DELETE ", page(403, "application/json", restBefore, restAfter)),
		"folders malformed":      on("/api/storage/", page(200, "application/json", `{"children":`, `}`)),
		"repositories malformed": on("/api/repositories/", page(200, "application/json", ``, ``)),
		"manifests malformed":    on("/manifests/", page(200, "application/vnd.oci.image.manifest.v1+json", `{"layers":`, ``)),
		"lists malformed":        on("/referrers/", page(200, "application/vnd.oci.image.index.v1+json", `{"manifests":`, ``)),
		// The renewal of tokens is jf's own, and follows redirects as jf does.
		"redirected": on("/artifactory/", header(307, "Location",
			func(r *http.Request, elsewhere string) string { return elsewhere + r.URL.RequestURI() })),
		"redirected with secrets": on("/artifactory/", header(302, "Location", redirectWithSecrets)),
		"challenged from elsewhere": header(401, "Www-Authenticate", func(_ *http.Request, elsewhere string) string {
			return `Bearer realm="` + elsewhere + `/token",service="elsewhere"`
		}),
		"cut": func(http.ResponseWriter, *http.Request, string) bool { panic(http.ErrAbortHandler) },
	}
	for _, status := range []int{401, 403, 404, 429, 500, 503} {
		all[fmt.Sprint("page ", status)] = page(status, "text/html", "<html>", "</html>")
		all[fmt.Sprint("errors ", status)] = page(status, "application/json", restBefore, restAfter)
	}
	return all
}

// redirectWithSecrets sends on with what it got in the address.
func redirectWithSecrets(r *http.Request, elsewhere string) string {
	u, err := url.Parse(elsewhere)
	if err != nil {
		panic(err)
	}
	name, secret, ok := r.BasicAuth()
	if !ok {
		_, secret, _ = strings.Cut(r.Header.Get("Authorization"), " ")
	}
	u.User = url.UserPassword(name, secret)
	u.RawQuery = url.Values{"token": {secret}}.Encode()
	return u.String()
}

// stand is a server with troubles in front of the double, and another host beside it.
type stand struct {
	*world
	front, elsewhere *httptest.Server
	// renewed reports that tokens can be renewed.
	mu sync.Mutex
	// authorized counts the requests with credentials; strayed is all that came to the other host.
	authorized atomic.Int64
	strayed    bytes.Buffer
}

func newStand(t *testing.T, cause trouble) *stand {
	t.Helper()
	s := &stand{world: newWorld(t)}
	s.server.AddUser(artifactory.User{Name: user, Password: canaryPassword, Token: canaryToken, Admin: true})
	s.server.AddUser(artifactory.User{Name: user + "-fresh", Token: canaryFresh, Admin: true})
	s.server.AddUser(artifactory.User{Name: user + "-key", Token: canaryKey, Password: canaryKey, Admin: true})
	s.elsewhere = httptest.NewServer(http.HandlerFunc(s.stray))
	t.Cleanup(s.elsewhere.Close)
	s.front = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, cause) }))
	t.Cleanup(s.front.Close)
	signedIndex(s.world)
	return s
}

func (s *stand) stray(_ http.ResponseWriter, r *http.Request) {
	raw, err := httputil.DumpRequest(r, true)
	if err != nil {
		panic(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.strayed.Write(raw)
}

// straying is all that came to the other host so far.
func (s *stand) straying() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.strayed.String()
}

func (s *stand) serve(w http.ResponseWriter, r *http.Request, cause trouble) {
	if r.Header.Get("Authorization") != "" {
		s.authorized.Add(1)
	}
	switch {
	case cause(w, r, s.elsewhere.URL):
	case strings.HasPrefix(r.URL.Path, "/access/"):
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"access_token": canaryFresh, "refresh_token": canaryRefresh, "expires_in": 3600, "token_type": "Bearer",
		})
	default:
		s.server.ServeHTTP(w, r)
	}
}

// call runs a command with a login at DEBUG level, and gives all that it said.
func (s *stand) call(line []string, with login, more ...string) (said string) {
	s.t.Helper()
	args := append(append([]string{}, line...), "--retries", "1", "--retry-wait-time", "1ms")
	if with.server != nil {
		s.store(with.server)
	} else {
		args = append(append(args, "--url", s.front.URL+"/artifactory"), with.args...)
	}
	cmd := s.command(append(args, more...)...)
	cmd.Env = append(cmd.Env, "JFROG_CLI_LOG_LEVEL=DEBUG")
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(s.t, err)
	}
	return string(output)
}

// store writes the configuration.
func (s *stand) store(server map[string]any) {
	s.t.Helper()
	entry := map[string]any{
		"serverId": "stand", "url": s.front.URL + "/", "artifactoryUrl": s.front.URL + "/artifactory/", "accessUrl": s.front.URL + "/access/", "isDefault": true,
	}
	for key, value := range server {
		entry[key] = value
	}
	raw, err := json.Marshal(map[string]any{"version": "6", "servers": []map[string]any{entry}})
	require.NoError(s.t, err)
	path := s.configuration()
	require.NoError(s.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(s.t, os.WriteFile(path, raw, 0o600))
}

func (s *stand) configuration() string { return filepath.Join(s.home, "jfrog", "jfrog-cli.conf.v6") }

// keeps asserts that none of the secrets was said, written to a file other than jf's configuration, or sent to the
// other host.
func (s *stand) keeps(secrets []string, label, said string) {
	s.t.Helper()
	places := map[string]string{"the output": said, "another host": s.straying()}
	err := filepath.WalkDir(s.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "jfrog-cli.conf") || strings.HasSuffix(path,
			".pem") || isBackup(path) {
			return err
		}
		raw, err := os.ReadFile(path)
		places[path] = string(raw)
		return err
	})
	require.NoError(s.t, err)
	for place, text := range places {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				assert.Fail(s.t, "a secret was told", "%s: %q in %s:\n%s", label, secret, place, text)
				return
			}
		}
	}
}

// isBackup tells cli-core's own copies of the configuration.
func isBackup(path string) bool { return filepath.Base(filepath.Dir(path)) == "backup" }

// TestCanary runs every command with every trouble, and every login with every trouble.
func TestCanary(t *testing.T) {
	t.Parallel()
	troubles, lines, ways := secretTroubles(), commandLines(), slices.Sorted(maps.Keys(logins()))
	turn := 0
	for _, cause := range slices.Sorted(maps.Keys(troubles)) {
		for _, command := range slices.Sorted(maps.Keys(lines)) {
			// Each trouble meets each login, with one of the commands.
			name := ways[turn%len(ways)]
			turn++
			t.Run(cause+", "+command, func(t *testing.T) {
				t.Parallel()
				s := newStand(t, troubles[cause])
				said := s.call(lines[command], logins()[name])
				s.keeps(canaries(), name, said)
				assert.Contains(t, said, "[Debug]", name)
				assert.Positive(t, s.authorized.Load(), "%s: the secret was not even sent:\n%s", name, said)
			})
		}
	}
}

// A wrong password or token is no less a secret, as is one that comes inside the address.
func TestCanaryOfWrongCredentials(t *testing.T) {
	t.Parallel()
	for command, line := range commandLines() {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			s := newStand(t, secretTroubles()["none"])
			s.server.AddUser(artifactory.User{Name: user, Password: "another", Token: "another-token"})
			for name, with := range logins() {
				s.keeps(canaries(), name, s.call(line, with))
			}
			address := strings.Replace(s.front.URL, "http://", "http://"+user+":"+url.QueryEscape(canaryPassword)+"@", 1)
			s.keeps(canaries(), "in the address", s.call(line, login{args: []string{"--url", address + "/artifactory"}}))
		})
	}
}

// The key of a client certificate is read, used and not told, be it right, broken, or another file altogether.
func TestCanaryOfClientCertificates(t *testing.T) {
	t.Parallel()
	s := newStand(t, secretTroubles()["none"])
	server := httptest.NewTLSServer(s.front.Config.Handler)
	t.Cleanup(server.Close)
	s.front.URL = server.URL
	certificate, key, body := keyPair(t)
	files := map[string]string{
		"good":     string(key),
		"cut":      string(key[:len(key)/2]),
		"no PEM":   body,
		"nonsense": "-----BEGIN PRIVATE KEY-----\n" + body[:40] + "!!" + body[40:] + "\n-----END PRIVATE KEY-----\n",
	}
	secrets := canaries()
	for line := range strings.SplitSeq(body, "\n") {
		secrets = append(secrets, line)
	}
	secrets = append(secrets, body[:40])
	certificatePath := filepath.Join(s.home, "certificate.pem")
	require.NoError(t, os.WriteFile(certificatePath, certificate, 0o600))
	for name, content := range files {
		keyPath := filepath.Join(s.home, "key.pem")
		require.NoError(t, os.WriteFile(keyPath, []byte(content), 0o600))
		for command, line := range commandLines() {
			said := s.call(line, logins()["password"], "--client-cert-path", certificatePath, "--client-cert-key-path", keyPath,
				"--insecure-tls")
			s.keeps(secrets, name+", "+command, said)
			if name != "good" {
				assert.Contains(t, said, "client certificate", "%s, %s", name, command)
			}
		}
	}
}
