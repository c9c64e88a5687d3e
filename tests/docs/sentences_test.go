package docs

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

// mostWords is how many words a sentence may have: readers whose first language is another one read it once.
const mostWords = 25

// longer are the pages with longer sentences: those that programs write in part, and the notes on releases.
var longer = []string{"docs/artifactory.md", "docs/licences.md", "docs/performance.md", "RELEASE.md"}

// TestSentences counts the words of every sentence, those in tables too.
func TestSentences(t *testing.T) {
	t.Parallel()
	counted := 0
	for _, p := range pages(t) {
		if slices.Contains(longer, p.path) {
			continue
		}
		for _, paragraph := range prose(p.text) {
			for _, sentence := range sentences(paragraph) {
				counted++
				assert.LessOrEqual(t, countWords(sentence), mostWords, "%s: %s", p.path, sentence)
			}
		}
	}
	assert.Greater(t, counted, 1000)
}

func TestCountingWords(t *testing.T) {
	t.Parallel()
	source := "One [link of four words](x.md), and\n`a code span` here. Another, e.g. this?\n\n| a | cell of four words |\n|---|---|\n"
	var got []string
	for _, paragraph := range prose(source) {
		got = append(got, sentences(paragraph)...)
	}
	assert.Equal(t, []string{"One link of four words, and CODE here.", "Another, e.g. this?", "a", "cell of four words"}, got)
	assert.Equal(t, 8, countWords(got[0]))
}

// prose returns the text of each paragraph, list item and table cell of a page. A piece of code counts as one word.
func prose(source string) (paragraphs []string) {
	content := []byte(source)
	document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(content))
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n.Kind() {
		case ast.KindParagraph, ast.KindTextBlock, east.KindTableCell:
			paragraphs = append(paragraphs, wording(n, content))
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return paragraphs
}

func wording(n ast.Node, content []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan:
			b.WriteString("CODE")
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			b.Write(n.Segment.Value(content))
			if n.SoftLineBreak() {
				b.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

var sentenceEnd = regexp.MustCompile(`([.!?][)"]?)\s+([A-Z(])`)

func sentences(paragraph string) []string {
	return strings.Split(sentenceEnd.ReplaceAllString(paragraph, "$1\n$2"), "\n")
}

var hasWord = regexp.MustCompile(`\w`)

func countWords(sentence string) (n int) {
	for _, word := range strings.Fields(sentence) {
		if hasWord.MatchString(word) {
			n++
		}
	}
	return n
}
