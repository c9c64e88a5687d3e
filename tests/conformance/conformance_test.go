// Package conformance runs the OCI distribution specification's conformance suite (pull, push, content discovery,
// content management) against the Artifactory double, over the repo-path method that docker clients use.
package conformance

import (
	"bufio"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// differences are the parts of the suite that do not pass, with the reason. All others must.
var differences = map[string]string{
	"Blob upload cancel":           "Disabled: not part of version 1.1 of the specification",
	"Manifest put with tag params": "Disabled: not part of version 1.1 of the specification",
	"Blob anonymous mount":         "Skip: no fact says that Artifactory mounts without a source (artifactory.md 7.3); it answers 202",
	"Blob delete":                  "Skip: blobs belong to the tag folders and go with them (artifactory.md 2.1, 7.3); 405",
	"Blob delete atomic":           "Skip: as Blob delete",
}

// environment of the suite, besides the registry's address. Only sha256 exists: the storage layout names every blob
// and digest folder by it (artifactory.md 2.1), so data with sha512 digests is off.
var environment = []string{
	"OCI_VERSION=1.1", "OCI_TLS=disabled", "OCI_USERNAME=admin", "OCI_PASSWORD=password",
	"OCI_REPO1=conformance/team/one", "OCI_REPO2=conformance/team/two", "OCI_DATA_SHA512=false",
}

const (
	double = "./tests/artifactory/cmd/artifactory-double"
	suite  = "github.com/opencontainers/distribution-spec/conformance"
)

func TestConformance(t *testing.T) {
	host := startDouble(t)
	command := exec.CommandContext(t.Context(), build(t, ".", suite))
	command.Dir = t.TempDir()
	command.Env = append(withoutSuiteVariables(os.Environ()), append(environment, "OCI_REGISTRY="+host)...)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("the suite failed: %v\n%s", err, output)
	}
	results := apiResults(string(output))
	if len(results) < 25 {
		t.Fatalf("only %d results were found in the suite's output:\n%s", len(results), output)
	}
	for _, api := range slices.Sorted(maps.Keys(results)) {
		checkResult(t, api, results[api])
	}
}

// checkResult wants Pass, or exactly what the list of differences says.
func checkResult(t *testing.T, api, result string) {
	t.Helper()
	want, _, _ := strings.Cut(differences[api], ":")
	if want == "" {
		want = "Pass"
	}
	if result != want {
		t.Errorf("%s: %s, want %s", api, result, want)
	}
	t.Logf("%-30s %s %s", api, result, differences[api])
}

var resultLine = regexp.MustCompile(`^  ([A-Z][^.:]+)\.+:\s+([A-Za-z]+)$`)

// apiResults reads the lines below "API conformance:" and "Data conformance:".
func apiResults(output string) map[string]string {
	_, output, _ = strings.Cut(output, "API conformance:")
	found := map[string]string{}
	for line := range strings.Lines(output) {
		m := resultLine.FindStringSubmatch(strings.TrimRight(line, "\n"))
		if m != nil && !slices.Contains(notTried, m[1]) {
			found[m[1]] = m[2]
		}
	}
	return found
}

// notTried are data sets that the specification's version 1.1 or the environment above leaves out.
var notTried = []string{"Blobs sha512", "Digest Algorithm sha512", "Sparse Manifests", "Tag Param", "Tag Param sha512"}

func withoutSuiteVariables(env []string) []string {
	return slices.DeleteFunc(env, func(s string) bool { return strings.HasPrefix(s, "OCI_") })
}

// build compiles a command of the module in dir and returns the program's path.
func build(t *testing.T, dir, pkg string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "program")
	command := exec.CommandContext(t.Context(), "go", "build", "-o", program, pkg)
	command.Dir = dir
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, output)
	}
	return program
}

// startDouble runs the double on a free port and returns host:port. It is interrupted at the end, and must end well.
func startDouble(t *testing.T) string {
	t.Helper()
	program := build(t, filepath.Join("..", ".."), double)
	command := exec.Command(program, "--listen", "127.0.0.1:0", "--repo", "conformance", "--user", "admin:password")
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { interrupt(t, command) })
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatalf("the double said nothing: %v", lines.Err())
	}
	url := lines.Text()
	go func() {
		for lines.Scan() { // so that the double never waits for a reader
		}
	}()
	return strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/artifactory/")
}

func interrupt(t *testing.T, command *exec.Cmd) {
	t.Helper()
	kill := time.AfterFunc(10*time.Second, func() { _ = command.Process.Kill() })
	defer kill.Stop()
	if err := command.Process.Signal(os.Interrupt); err != nil {
		t.Errorf("interrupt: %v", err)
	}
	if err := command.Wait(); err != nil {
		t.Errorf("the double did not end cleanly: %v", err)
	}
}
