package docs

import (
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestLinks follows every relative link to a file and to a heading in it. Of links to other hosts nothing but the form
// is looked at: the tests have no network.
func TestLinks(t *testing.T) {
	t.Parallel()
	all := map[string]page{}
	for _, p := range pages(t) {
		all[p.path] = p
	}
	inside, outside := 0, 0
	for _, p := range all {
		for _, l := range p.links {
			if strings.Contains(l.to, "://") {
				outside++
				to, err := url.Parse(l.to)
				assert.True(t, err == nil && to.Scheme == "https" && strings.Contains(to.Host, "."), "%s: %s is no address", p.path,
					l.to)
				continue
			}
			inside++
			follow(t, all, p, l)
		}
	}
	assert.Positive(t, inside)
	t.Logf("%d links lead to what is there; of %d to other hosts only the form was looked at", inside, outside)
}

func follow(t *testing.T, all map[string]page, from page, l link) {
	t.Helper()
	to, anchor, _ := strings.Cut(l.to, "#")
	target := from.path
	if to != "" {
		target = path.Join(path.Dir(from.path), to)
	}
	_, err := os.Stat(filepath.Join(root, filepath.FromSlash(target)))
	if !assert.NoError(t, err, "%s: %s", from.path, l.to) || anchor == "" {
		return
	}
	page, ok := all[target]
	if assert.True(t, ok, "%s: %s leads into a file that has no headings", from.path, l.to) {
		assert.True(t, page.anchors[anchor], "%s: there is no heading for %s", from.path, l.to)
	}
}

var testName = regexp.MustCompile(`\bTest[A-Z]\w+`)

// TestNamedTestsExist: a test that a page names is a function, in the file that the link leads to if it leads to one.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	functions := testFunctions(t)
	for _, p := range pages(t) {
		for _, l := range p.links {
			to := path.Join(path.Dir(p.path), l.to)
			for _, name := range testName.FindAllString(l.text, -1) {
				if strings.HasSuffix(to, ".go") {
					assert.Contains(t, functions[name], to, "%s names %s", p.path, name)
				}
			}
		}
		for _, name := range testName.FindAllString(p.text, -1) {
			assert.NotEmpty(t, functions[name], "%s names %s", p.path, name)
		}
	}
}

// TestGuaranteesHaveTests: the README numbers the guarantees, and each leads to a test.
func TestGuaranteesHaveTests(t *testing.T) {
	t.Parallel()
	readme := pages(t)[0]
	_, section, found := strings.Cut(readme.text, "\n### What is guaranteed")
	assert.True(t, found)
	section, _, _ = strings.Cut(section, "\n### ")
	items := regexp.MustCompile(`(?m)^\d+\. \*\*`).Split(section, -1)[1:]
	assert.Len(t, items, 9)
	for _, item := range items {
		assert.Regexp(t, `\]\([a-z0-9/_]+_test\.go\)`, item)
	}
}
