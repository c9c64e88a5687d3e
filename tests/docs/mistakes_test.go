package docs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestMistakesAreNoticed: what a page may not have is seen by those who judge the pages.
func TestMistakesAreNoticed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, newMaterial(t))
	s := newShell(t, w)

	l := s.execute("frobnicate --now || true\nls /no/such/folder\njf signed-promote promot app\njf signed-promote status x --frob | cat\njf rt upload x y\n", false)
	assert.Equal(t, []string{"127\t1\tfrobnicate --now", "2\t2\tls /no/such/folder", "1\t3\tjf signed-promote promot app"},
		l.failed[:3])
	assert.Equal(t, []call{{1, "jf signed-promote promot app"}, {1, "jf signed-promote status x --frob"}}, l.calls)
	assert.Equal(t, []string{"jf rt upload x y"}, l.left)
	_, known := reasonToLeave(l.left[0])
	assert.False(t, known)

	broken := parse("docs/broken.md", []byte("# A b\n\n[x](nowhere.md#c) `--frob`\n\n```\n$ jf signed-promote promote a\nprinted\n```\n\n```yaml\na: [\n```\n"))
	assert.Equal(t, []link{{"nowhere.md#c", "x"}}, broken.links)
	assert.True(t, broken.anchors["a-b"])
	assert.Equal(t, []string{"--frob"}, broken.spans)
	assert.Equal(t, "\n\n\n\n\njf signed-promote promote a\n\n", broken.script(),
		"commands keep their lines, and what they print is no command")
	assert.Error(t, documents(broken.blocks[1].lines[0]))
	assert.False(t, says("never … said")("never was it spoken"))
}
