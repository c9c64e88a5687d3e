package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// database is the module that the snapshot comes with.
const database = "golang.org/x/vulndb"

var errNoDatabase = errors.New("neither the database of vulnerabilities nor its snapshot can be reached")

// report is what govulncheck found.
type report struct {
	// snapshot names the module of the database; empty for the database itself.
	snapshot string
	findings []finding
}

// finding is a vulnerability. Function is empty if no way leads to it.
type finding struct {
	ID    string `json:"osv"`
	Fixed string `json:"fixed_version"`
	Trace []struct {
		Module   string `json:"module"`
		Version  string `json:"version"`
		Function string `json:"function"`
	} `json:"trace"`
}

func scan(ctx context.Context, tools string) (report, error) {
	findings, err := govulncheck(ctx, tools)
	if err == nil || !unreachable(err) {
		return report{findings: findings}, err
	}
	fmt.Fprintln(os.Stderr, "vuln:", err)
	name, folder, err := snapshot(ctx, tools)
	if err != nil {
		return report{}, fmt.Errorf("%w: %w", errNoDatabase, err)
	}
	findings, err = govulncheck(ctx, tools, "-db", "file://"+filepath.ToSlash(folder))
	return report{snapshot: name, findings: findings}, err
}

// unreachable reports the trouble with the database from any other; govulncheck has one exit code for both.
func unreachable(err error) bool { return strings.Contains(err.Error(), "fetching vulnerabilities") }

func govulncheck(ctx context.Context, tools string, options ...string) ([]finding, error) {
	var output, problems bytes.Buffer
	command := exec.CommandContext(ctx, filepath.Join(tools, "bin", "govulncheck"),
		append(options, "-format", "json", ".")...)
	command.Stdout, command.Stderr = &output, &problems
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("govulncheck: %w: %s", err, strings.TrimSpace(problems.String()))
	}
	return read(&output)
}

// read takes the findings out of the stream of messages.
func read(r io.Reader) (all []finding, err error) {
	for decoder := json.NewDecoder(r); ; {
		var message struct {
			Finding *finding `json:"finding"`
		}
		err := decoder.Decode(&message)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading what govulncheck said: %w", err)
		}
		if message.Finding != nil {
			all = append(all, *message.Finding)
		}
	}
}

// snapshot makes a database of the pinned module.
func snapshot(ctx context.Context, tools string) (name, folder string, err error) {
	command := exec.CommandContext(ctx, "go", "-C", filepath.Join("tests", "tools", "indexdb"), "mod", "download", "-json",
		database)
	command.Env, command.Stderr = append(os.Environ(), "GOWORK=off"), os.Stderr
	output, err := command.Output()
	if err != nil {
		return "", "", fmt.Errorf("go mod download %s: %w", database, err)
	}
	var module struct{ Version, Dir string }
	if err := json.Unmarshal(output, &module); err != nil {
		return "", "", err
	}
	folder, err = filepath.Abs(filepath.Join(tools, "vulndb"))
	if err != nil {
		return "", "", err
	}
	index := exec.CommandContext(ctx, filepath.Join(tools, "bin", "indexdb"), "-vulns",
		filepath.Join(module.Dir, "data", "osv"), "-out", folder)
	if output, err := index.CombinedOutput(); err != nil {
		return "", "", fmt.Errorf("indexdb: %w: %s", err, output)
	}
	return database + " " + module.Version, folder, nil
}
