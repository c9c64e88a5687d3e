package docs

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// page is a Markdown file, taken apart.
type page struct {
	// path is relative to the top of the repository, with slashes.
	path     string
	text     string
	blocks   []block
	links    []link
	anchors  map[string]bool
	headings []heading
	// spans are the pieces of inline code.
	spans []string
}

// block is a fenced code block.
type block struct {
	language string
	// line is that of the first line of its content, from 1.
	line  int
	lines []string
	// file is the name under which readers are told to save it, from a comment before it: <!-- file: policy.yaml -->
	file string
}

// link is a link or a picture.
type link struct{ to, text string }

type heading struct {
	level int
	text  string
}

// pages reads the README, which is the first, and all other pages.
func pages(t *testing.T) []page {
	t.Helper()
	paths := []string{"README.md"}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(pattern)))
		require.NoError(t, err)
		for _, path := range found {
			relative, err := filepath.Rel(root, path)
			require.NoError(t, err)
			if relative != paths[0] {
				paths = append(paths, filepath.ToSlash(relative))
			}
		}
	}
	all := make([]page, 0, len(paths))
	for _, path := range paths {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
		require.NoError(t, err)
		all = append(all, parse(path, content))
	}
	return all
}

func parse(path string, content []byte) page {
	p := page{path: path, text: string(content), anchors: map[string]bool{}}
	document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(content))
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			p.take(n, content)
		}
		return ast.WalkContinue, nil
	})
	return p
}

func (p *page) take(n ast.Node, content []byte) {
	switch n := n.(type) {
	case *ast.FencedCodeBlock:
		p.blocks = append(p.blocks, fenced(n, content))
	case *ast.CodeBlock:
		p.blocks = append(p.blocks, block{language: "indented", line: lineOf(n, content)})
	case *ast.Link:
		p.links = append(p.links, link{to: string(n.Destination), text: plain(n, content)})
	case *ast.Image:
		p.links = append(p.links, link{to: string(n.Destination), text: plain(n, content)})
	case *ast.AutoLink:
		p.links = append(p.links, link{to: string(n.URL(content))})
	case *ast.CodeSpan:
		p.spans = append(p.spans, plain(n, content))
	case *ast.Heading:
		h := heading{level: n.Level, text: plain(n, content)}
		p.headings = append(p.headings, h)
		p.anchors[slug(h.text)] = true
	}
}

var fileComment = regexp.MustCompile(`<!-- file: (\S+) -->`)

func fenced(n *ast.FencedCodeBlock, content []byte) block {
	b := block{language: string(n.Language(content)), line: lineOf(n, content)}
	for i := range n.Lines().Len() {
		segment := n.Lines().At(i)
		b.lines = append(b.lines, strings.TrimRight(string(segment.Value(content)), "\n"))
	}
	b.prompted()
	if before, ok := n.PreviousSibling().(*ast.HTMLBlock); ok {
		lines := before.Lines()
		if m := fileComment.FindSubmatch(lines.Value(content)); m != nil {
			b.file = string(m[1])
		}
	}
	return b
}

var commandLine = regexp.MustCompile(`^(\$|jf|make|go|kubectl|\.ci/run) `)

// prompted makes a shell block of one without a language that begins with a command. Where commands stand behind "$ ",
// as in a terminal, what they print is left out.
func (b *block) prompted() {
	if b.language != "" || len(b.lines) == 0 || !commandLine.MatchString(b.lines[0]) || synopsis.MatchString(b.lines[0]) {
		return
	}
	b.language = "sh"
	if !strings.HasPrefix(b.lines[0], "$ ") {
		return
	}
	for n, line := range b.lines {
		command, is := strings.CutPrefix(line, "$ ")
		if !is {
			command = ""
		}
		b.lines[n] = command
	}
}

func lineOf(n ast.Node, content []byte) int {
	if n.Lines().Len() == 0 {
		return 0
	}
	return bytes.Count(content[:n.Lines().At(0).Start], []byte("\n")) + 1
}

// plain returns the text of a node without its marks.
func plain(n ast.Node, content []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Segment.Value(content))
			if t.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

var noSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// slug returns the anchor that GitHub makes of a heading.
func slug(heading string) string {
	return strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}
