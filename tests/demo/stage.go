package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/tests/process"
)

// stage is the world of the demo: a server, and a home folder for keys, logins and the plugin's binary.
type stage struct {
	double *artifactory.Server
	server *httptest.Server
	home   string
	// digest is that of the image, once it was pushed.
	digest string
}

func newStage(ctx context.Context) (*stage, error) {
	if _, err := exec.LookPath(cosign); err != nil {
		return nil, fmt.Errorf("run 'make demo', which builds cosign: %w", err)
	}
	home, err := os.MkdirTemp("", "signed-promote-demo")
	if err != nil {
		return nil, err
	}
	s := &stage{double: newDouble(), home: home}
	s.server = httptest.NewServer(s.double)
	s.double.SetURL(s.server.URL)
	say("1", "An Artifactory with %s and %s: a double on %s", dev, prod, s.double.Host())
	if err := errors.Join(s.logIn(), s.build(ctx)); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// newDouble makes an Artifactory with two local docker repositories.
func newDouble() *artifactory.Server {
	return artifactory.NewServer(
		artifactory.WithRepository(artifactory.Repository{Key: dev}),
		artifactory.WithRepository(artifactory.Repository{Key: prod}),
		artifactory.WithUser(artifactory.User{Name: user, Password: password, Admin: true}),
	)
}

func (s *stage) close() {
	s.server.Close()
	_ = os.RemoveAll(s.home)
}

// name is how registry clients name the image in a repository.
func (s *stage) name(repo string) string { return s.double.Host() + "/" + repo + "/" + image }

func (s *stage) tagged(repo string) string { return s.name(repo) + ":" + tag }

func (s *stage) plugin() string { return filepath.Join(s.home, "signed-promote") }

// logIn writes the docker configuration that cosign reads.
func (s *stage) logIn() error {
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	content, err := json.Marshal(map[string]any{"auths": map[string]any{s.double.Host(): map[string]string{"auth": auth}}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.home, "config.json"), content, 0o600)
}

// build builds the plugin from this checkout.
func (s *stage) build(ctx context.Context) error { return process.Build(ctx, s.plugin(), ".") }

// dockerPromote sends the one request of `jf rt docker-promote --copy`.
func (s *stage) dockerPromote(ctx context.Context) error {
	body := fmt.Sprintf(`{"targetRepo":%q,"dockerRepository":%q,"tag":%q,"copy":true}`, prod, image, tag)
	url := s.double.URL() + "api/docker/" + dev + "/v2/promote"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(user, password)
	req.Header.Set("Content-Type", "application/json")
	resp, err := s.server.Client().Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	fmt.Printf("     %s\n", resp.Status)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("promote answered %s", resp.Status)
	}
	return nil
}
