package scenario

import (
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// With JFROG_CLI_LOG_LEVEL=DEBUG every request has a line, and no secret is in it, however the run ends: see checkRun,
// which every run goes through.
func TestSecretsAreNotLogged(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(w *world){
		"success":     func(*world) {},
		"refused":     func(w *world) { w.dev.Single("1.0", "unsigned") },
		"no password": func(w *world) { w.server.AddUser(artifactory.User{Name: user, Password: "another", Token: "other"}) },
		"server error": func(w *world) {
			w.server.AddFault(artifactory.Fault{Status: http.StatusBadGateway, Body: "you sent " + password})
		},
		"echo": func(w *world) {
			w.server.AddFault(artifactory.Fault{Status: http.StatusForbidden, Body: "you sent " + basic()})
		},
		"cut": func(w *world) { w.server.AddFault(artifactory.Fault{CutBefore: true}) },
		"redirected": func(w *world) {
			w.server.AddFault(artifactory.Fault{
				Match:    artifactory.Match{Method: "GET", Path: "manifests/"},
				Redirect: "http://" + storageHost,
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.env = []string{"JFROG_CLI_LOG_LEVEL=DEBUG"}
			w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
			prepare(w)
			o := w.promote(ref(app, "1.0"), dev, prod, "--copy", "--retries", "1", "--retry-wait-time", "1ms")
			assert.NotContains(t, o.stdout+o.stderr, basic())
			assert.Contains(t, o.stderr, "[Debug]")
			assert.Contains(t, o.stderr, "api/repositories/"+dev)
			w.server.ClearFaults()
			w.configure("", "", token)
			o = w.runAs("promote", ref(app, "1.0"), dev, prod, "--copy", "--retries", "1", "--retry-wait-time", "1ms")
			assert.Contains(t, o.stderr, "[Debug]")
		})
	}
}

// basic is how the password travels.
func basic() string { return base64.StdEncoding.EncodeToString([]byte(user + ":" + password)) }
