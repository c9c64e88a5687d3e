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
)

// stage is the world of the demo: a server, and a home folder for keys, logins and the plugin's binary.
type stage struct {
	server *httptest.Server
	home   string
}

func newStage() (*stage, error) {
	home, err := os.MkdirTemp("", "signed-promote-demo")
	if err != nil {
		return nil, err
	}
	_, server := startDouble()
	s := &stage{server: server, home: home}
	say("1", "An Artifactory with %s and %s (a double on loopback: %s)", dev, prod, server.URL+"/artifactory/")
	return s, errors.Join(s.logIn(), s.build())
}

func (s *stage) close() {
	s.server.Close()
	_ = os.RemoveAll(s.home)
}

// host is how docker clients name the server.
func (s *stage) host() string { return strings.TrimPrefix(s.server.URL, "http://") }

func (s *stage) name(repo string) string { return s.host() + "/" + repo + "/" + image }

// logIn writes the docker configuration that cosign reads.
func (s *stage) logIn() error {
	auth := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	content, err := json.Marshal(map[string]any{"auths": map[string]any{s.host(): map[string]string{"auth": auth}}})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.home, "config.json"), content, 0o600)
}

// build builds the plugin from this checkout.
func (s *stage) build() error {
	cmd := exec.Command("go", "build", "-o", filepath.Join(s.home, "signed-promote"), ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("building the plugin: %w\n%s", err, output)
	}
	return nil
}

// run shows a command line as a user would type it, runs it and shows what it prints.
func (s *stage) run(ctx context.Context, shown, program string, args ...string) error {
	fmt.Printf("   $ %s\n", shown)
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = s.home
	cmd.Env = append(os.Environ(), "HOME="+s.home, "DOCKER_CONFIG="+s.home, "COSIGN_PASSWORD=", "CI=true", "JFROG_CLI_HOME_DIR="+s.home)
	output, err := cmd.CombinedOutput()
	for line := range strings.Lines(string(output)) {
		if !strings.HasPrefix(line, "WARNING") && strings.TrimSpace(line) != "" {
			fmt.Print("     ", line)
		}
	}
	return err
}

// cosign runs cosign and shows the words that matter.
func (s *stage) cosign(ctx context.Context, shown string, args ...string) error {
	return s.run(ctx, "cosign "+shown, "cosign-v3", args...)
}

// promote sends the one request of `jf rt docker-promote --copy`.
func (s *stage) promote(ctx context.Context) error {
	body := fmt.Sprintf(`{"targetRepo":%q,"dockerRepository":%q,"tag":%q,"copy":true}`, prod, image, tag)
	url := s.server.URL + "/artifactory/api/docker/" + dev + "/v2/promote"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.SetBasicAuth(user, password)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
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

func say(number, format string, args ...any) {
	fmt.Printf("\n%s. %s\n", number, fmt.Sprintf(format, args...))
}
