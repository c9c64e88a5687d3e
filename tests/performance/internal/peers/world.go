package peers

import (
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/fixture"
)

// world is a server of its own for one run of one tool, with the image of a case, and the home that tools run in.
type world struct {
	testCase
	double *artifactory.Server
	server *httptest.Server
	// shelf is the image at the source.
	shelf *shelf
	home  string
}

// newWorld makes the server and stores the image. It has to be closed.
func newWorld(c testCase, home string) (*world, error) {
	double := artifactory.NewServer(
		artifactory.WithRepository(artifactory.Repository{Key: dev}),
		artifactory.WithRepository(artifactory.Repository{Key: prod}),
		artifactory.WithUser(artifactory.User{Name: user, Password: password, Admin: true}),
		artifactory.WithKnobs(c.set),
	)
	if !c.login {
		double.AddUser(artifactory.User{Name: artifactory.Anonymous, Admin: true})
	}
	w := &world{testCase: c, double: double, server: httptest.NewServer(double), home: home}
	double.SetURL(w.server.URL)
	w.fill()
	return w, w.writeLogin()
}

func (w *world) close() { w.server.Close() }

// set turns the knobs of the double.
func (s situation) set(k *artifactory.Knobs) {
	k.CrossRepoMount = !s.noMount
	if s.noAPI {
		k.ReferrersAPI = artifactory.ReferrersOff
	}
}

func (w *world) fill() {
	f := fixture.New(w.double)
	w.shelf = newShelf(f, dev)
	w.put(w.shelf)
	if w.target == other {
		w.put(newShelf(f, prod))
		w.shelf.image.Again(secondTag, w.shelf.root)
	}
}

func (w *world) put(s *shelf) {
	w.store(s)
	if w.noAPI {
		s.fallback()
	}
}

// writeLogin writes docker's configuration, which all registry clients read.
func (w *world) writeLogin() error {
	auths := map[string]any{}
	if w.login {
		auth := map[string]string{"auth": base64.StdEncoding.EncodeToString([]byte(user + ":" + password))}
		auths = map[string]any{w.host(): auth, w.targetHost(): auth}
	}
	content, err := json.Marshal(map[string]any{"auths": auths})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(w.home, "config.json"), content, 0o600)
}

// environ is the environment of the tools.
func (w *world) environ() []string {
	return append(os.Environ(), "CI=true", "HOME="+w.home, "XDG_CONFIG_HOME="+filepath.Join(w.home, "config"),
		"DOCKER_CONFIG="+w.home,
		"JFROG_CLI_HOME_DIR="+filepath.Join(w.home, "jfrog"), "TUF_ROOT="+filepath.Join(w.home, "tuf"))
}

// tagged is the tag that is promoted.
func (w *world) tag() string {
	if w.target == other {
		return secondTag
	}
	return tag
}

func (w *world) host() string { return w.double.Host() }

// targetHost is another name of the same server where the case wants that.
func (w *world) targetHost() string {
	if w.otherHost {
		return strings.Replace(w.host(), "127.0.0.1", "localhost", 1)
	}
	return w.host()
}

// source and destination name the image, for registry clients, with a tag.
func (w *world) source(tag string) string { return w.host() + "/" + dev + "/" + image + ":" + tag }

func (w *world) destination(tag string) string {
	return w.targetHost() + "/" + prod + "/" + image + ":" + tag
}
