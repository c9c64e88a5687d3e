//go:build e2e

package e2e

import (
	"encoding/xml"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

// minPassed is a little below what passes with the pinned suite, so that a suite that stops early is noticed.
const minPassed = 495

// differences are the cases that do not pass, with the reason. All others must.
var differences = map[string]string{
	"blob-post-cancel":     "not part of version 1.1 of the specification",
	"blob-mount-anonymous": "no fact says that Artifactory mounts without a source (artifactory.md 7.3); the double answers 202",
	"blob-delete":          "blobs belong to the tag folders and go with them (artifactory.md 2.1, 7.3); the double answers 405",
}

// workflows returns a few cases of each of the four workflows, which must be among those that passed.
var workflows = map[string][]string{
	"pull": {"blob-get", "blob-head", "manifest-by-digest", "manifest-by-tag", "manifest-head-by-tag"},
	"push": {
		"blob-post-put", "blob-post-only", "blob-patch-chunked", "blob-patch-stream", "blob-mount",
		"manifest-put",
	},
	"content discovery":  {"tag-list", "referrers"},
	"content management": {"tag-delete", "manifest-delete"},
}

// suiteCase is one case in the suite's report.
type suiteCase struct {
	Name   string `xml:"name,attr"`
	Status string `xml:"status,attr"`
}

// kind is the last part of a case's path: what was tried, not with which data.
func (c suiteCase) kind() string { return path.Base(c.Name) }

// TestConformance runs the OCI distribution specification's own suite against the double, by the repo-path method that
// docker clients use.
func TestConformance(t *testing.T) {
	t.Parallel()
	passed := map[string]int{}
	for _, c := range conformance(t) {
		if c.Status == "passed" {
			passed[c.kind()]++
		}
	}
	total := 0
	for _, count := range passed {
		total += count
	}
	assert.GreaterOrEqual(t, total, minPassed)
	for workflow, kinds := range workflows {
		for _, kind := range kinds {
			assert.Positive(t, passed[kind], "%s: %s", workflow, kind)
		}
	}
	t.Logf("%d cases of %d kinds passed", total, len(passed))
}

// conformance runs the suite and gives its cases. Those that did not pass are in differences, and nothing there is out
// of date.
func conformance(t *testing.T) []suiteCase {
	t.Helper()
	cases := runSuite(t)
	missed := map[string]int{}
	for _, c := range cases {
		if c.Status != "passed" {
			missed[c.kind()]++
			assert.Equal(t, "skipped", c.Status, c.Name)
			assert.Contains(t, differences, c.kind(), c.Name)
		}
	}
	for kind, reason := range differences {
		assert.Positive(t, missed[kind], "%s passes now; remove it from the differences", kind)
		t.Logf("%d × %s skipped: %s", missed[kind], kind, reason)
	}
	return cases
}

func runSuite(t *testing.T) []suiteCase {
	t.Helper()
	s := artifactory.Start(t)
	s.AddRepository(artifactory.Repository{Key: dev})
	s.AddUser(artifactory.User{Name: user, Password: password, Admin: true})
	command := exec.CommandContext(t.Context(), toolPath(t, "conformance"))
	command.Dir = t.TempDir()
	command.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "OCI_") })
	// Only sha256 exists: the storage layout names every blob and digest folder by it (artifactory.md 2.1).
	command.Env = append(command.Env, "OCI_VERSION=1.1", "OCI_TLS=disabled", "OCI_REGISTRY="+s.Host(),
		"OCI_USERNAME="+user, "OCI_PASSWORD="+password,
		"OCI_REPO1="+dev+"/team/one", "OCI_REPO2="+dev+"/team/two", "OCI_DATA_SHA512=false")
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	report, err := os.ReadFile(filepath.Join(command.Dir, "results", "junit.xml"))
	require.NoError(t, err)
	var suites struct {
		Cases []suiteCase `xml:"testsuite>testcase"`
	}
	require.NoError(t, xml.Unmarshal(report, &suites))
	return suites.Cases
}
