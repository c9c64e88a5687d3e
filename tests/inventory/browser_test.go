package inventory

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	browser     = flag.Bool("inventory.browser", false, "open the page of an audit in headless Chromium")
	screenshots = flag.String("inventory.screenshots", "", "folder that screenshots of the page are kept in")
)

// chromium finds the browser, or skips the test aloud.
func chromium(t *testing.T) string {
	t.Helper()
	if !*browser {
		t.Skip("make browser runs this test")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("SKIPPED: there is no Chromium on this machine; install the package chromium and run make browser again")
	return ""
}

// user is a script that does what a user would, and is run when the page is there.
func dom(t *testing.T, chromium, page, user string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "page.html")
	page = strings.Replace(page, "</body>", "<script>"+user+"</script></body>", 1)
	require.NoError(t, os.WriteFile(name, []byte(page), 0o600))
	cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu",
		"--host-resolver-rules=MAP * 127.0.0.1:9",
		"--user-data-dir="+t.TempDir(), "--virtual-time-budget=5000", "--dump-dom", "file://"+name)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	require.NoError(t, cmd.Run(), problems.String())
	return out.String()
}

// A browser shows the numbers of the JSON, and filters as a user asks it to.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	path := chromium(t)
	s := start(t)
	newWorld(s, 23).fill(150)
	args := []string{"audit", prod, "--source-repos", dev + ";" + old, "--format"}
	page := plugin(t, s, append(args, "html")...).stdout
	want := decode(t, plugin(t, s, append(args, "json")...).stdout)

	opened := dom(t, path, page, "")
	assert.Contains(t, opened, `<html lang="en" class="js">`, "the script has run")
	for _, state := range []string{"signed", "partly", "lost", "unsigned", "broken", "unknown"} {
		assert.Contains(t, opened, fmt.Sprintf(`<b data-total="%s">%d</b>`, state, want.Totals[state]))
	}
	assert.Equal(t, want.Totals["findings"], shown(t, opened))
	assert.Equal(t, want.Totals["findings"], strings.Count(opened, "<article"))

	count := func(test func(image) bool) int {
		n := 0
		for _, i := range want.Images {
			if len(i.Findings) > 0 && test(i) {
				n++
			}
		}
		return n
	}
	only := `document.querySelectorAll("input[name=state]").forEach(function (b) { if (b.value !== "lost") { b.click(); } });`
	filtered := dom(t, path, page, only)
	assert.Equal(t, count(func(i image) bool { return i.State == "lost" }), shown(t, filtered))
	visible := regexp.MustCompile(`<article class="finding (\w+)"[^>]*data-states="\w+">`).FindAllStringSubmatch(filtered, -1)
	require.NotEmpty(t, visible)
	for _, v := range visible {
		assert.Equal(t, "lost", v[1], "what is not hidden")
	}

	typing := `var t = document.getElementById("text"); t.value = "TEAM-3/"; t.dispatchEvent(new Event("input", {bubbles: true}));`
	typed := count(func(i image) bool { return strings.HasPrefix(i.Image, "team-3/") })
	require.NotZero(t, typed)
	assert.Equal(t, typed, shown(t, dom(t, path, page, typing)))
	both := count(func(i image) bool { return i.State == "lost" && strings.HasPrefix(i.Image, "team-3/") })
	assert.Equal(t, both, shown(t, dom(t, path, page, only+typing)))
	narrow := `if (document.documentElement.scrollWidth > window.innerWidth) { document.title = "TOO WIDE"; }`
	assert.NotContains(t, dom(t, path, page, narrow), "<title>TOO WIDE")
	keep(t, path, page)
}

// shown reads how many findings the page says that it shows, and checks that it does.
func shown(t *testing.T, page string) int {
	t.Helper()
	m := regexp.MustCompile(`<span id="shown">(\d+)</span>`).FindStringSubmatch(page)
	require.NotNil(t, m)
	n, err := strconv.Atoi(m[1])
	require.NoError(t, err)
	hidden := len(regexp.MustCompile(`<article [^>]*hidden`).FindAllString(page, -1))
	assert.Equal(t, strings.Count(page, "<article")-hidden, n)
	return n
}

// keep writes screenshots at the widths of a phone and of a desk, for people to look at.
func keep(t *testing.T, chromium, page string) {
	t.Helper()
	if *screenshots == "" {
		return
	}
	name := filepath.Join(t.TempDir(), "page.html")
	require.NoError(t, os.WriteFile(name, []byte(page), 0o600))
	for _, size := range []string{"390,2600", "1280,1800"} {
		width, _, _ := strings.Cut(size, ",")
		cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
			"--user-data-dir="+t.TempDir(),
			"--window-size="+size, "--screenshot="+filepath.Join(*screenshots, "audit-"+width+".png"), "file://"+name)
		output, err := cmd.CombinedOutput()
		require.NoError(t, err, string(output))
	}
}
