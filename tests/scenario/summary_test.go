package scenario

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSummary: in CI, each command that changes or judges something adds to the file that GitHub Actions shows with the
// run, whatever the format of its result is, and also when it is refused or finds something.
func TestSummary(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	root := w.dev.Single("1.0", "v1")
	w.dev.Sign(root, "alice")
	w.dev.Single("2.0", "unsigned")
	path := filepath.Join(t.TempDir(), "summary.md")
	require.NoError(t, os.WriteFile(path, []byte("# another step\n"), 0o600))
	w.env = append(w.env, "GITHUB_STEP_SUMMARY="+path)

	o := w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	assert.True(t, json.Valid([]byte(o.stdout)), "stdout has the result and nothing else")
	w.run("promote", ref(app, "2.0"), dev, prod, "--copy").ends(exitRefused)
	w.run("copy", dev+"/"+ref(app, "1.0"), prod).ends(exitDone)
	w.run("audit", dev).ends(exitFindings)
	w.run("audit", dev, "--format", "junit").ends(exitFindings)
	w.run("verify", prod+"/"+ref(app, "1.0"), "--outlook").ends(exitDone)
	w.run("repair", prod, "--source-repos", dev).ends(exitDone)
	w.run("prune", prod, "--dry-run").ends(exitDone)
	w.status(dev + "/" + ref(app, "1.0")).ends(exitDone)

	content, err := os.ReadFile(path)
	require.NoError(t, err)
	text := string(content)
	assert.True(t, strings.HasPrefix(text, "# another step\n### signed-promote promote: success\n"), text)
	for _, heading := range []string{
		"promote: refused", "copy: nothing-to-do", "audit: failure", "verify: success", "repair: nothing-to-do", "prune: nothing-to-do",
	} {
		assert.Contains(t, text, "### signed-promote "+heading+"\n")
	}
	assert.Equal(t, 8, strings.Count(text, "### "), "status only looks, and adds nothing")
}

// TestSummaryCannotBeWritten: that is told, and changes nothing else.
func TestSummaryCannotBeWritten(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	w.env = append(w.env, "GITHUB_STEP_SUMMARY="+filepath.Join(w.home, "no", "such", "folder"))
	o := w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	assert.Contains(t, o.stderr, "[Warn] The summary could not be written (GITHUB_STEP_SUMMARY)")
	assert.Equal(t, "promoted", o.image().Outcome)
}

// TestNoSummaryOutsideCI: somebody's shell is no run of a workflow.
func TestNoSummaryOutsideCI(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dev.Sign(w.dev.Single("1.0", "v1"), "alice")
	path := filepath.Join(t.TempDir(), "summary.md")
	w.env = append(w.env, "CI=", "GITHUB_STEP_SUMMARY="+path)
	w.promote(ref(app, "1.0"), dev, prod, "--copy").ends(exitDone)
	assert.NoFileExists(t, path)
}
