// Command forgetful stands in for the plugin and promotes as Artifactory does, without attachments. It is the negative
// control of the live tests: with it every scenario that is about attachments has to fail.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

var (
	errUsage   = errors.New("usage: forgetful promote IMAGE:TAG SOURCE TARGET [--copy]")
	errRefused = errors.New("the server refuses the promotion")
)

func main() {
	if err := promote(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "forgetful:", err)
		os.Exit(1)
	}
}

func promote(ctx context.Context, args []string) error {
	if len(args) < 4 {
		return errUsage
	}
	c, err := configured()
	if err != nil {
		return err
	}
	image, tag, _ := strings.Cut(args[1], ":")
	body, err := json.Marshal(map[string]any{
		"dockerRepository": image, "tag": tag, "targetRepo": args[3], "copy": slices.Contains(args, "--copy"),
	})
	if err != nil {
		return err
	}
	answer, err := c.Do(ctx, client.Request{
		Method: http.MethodPost, Path: "api/docker/" + args[2] + "/v2/promote", Body: body, Header: map[string]string{"Content-Type": "application/json"},
	})
	if err == nil && answer.Status != http.StatusOK {
		err = errRefused
	}
	return err
}

// configured reads the server from jf's configuration, as the plugin does.
func configured() (*client.Client, error) {
	raw, err := os.ReadFile(filepath.Join(os.Getenv("JFROG_CLI_HOME_DIR"), "jfrog-cli.conf.v6")) //nolint:gosec // whoever runs it names its home
	if err != nil {
		return nil, err
	}
	var config struct {
		Servers []struct {
			URL   string `json:"artifactoryUrl"`
			Token string `json:"accessToken"`
		} `json:"servers"`
	}
	if err := json.Unmarshal(raw, &config); err != nil || len(config.Servers) != 1 {
		return nil, errUsage
	}
	return client.New(config.Servers[0].URL, config.Servers[0].Token)
}
