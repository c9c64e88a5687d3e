// Package page writes what was measured as tables, for the terminal and for docs/performance.md.
package page

import (
	"strings"
	"unicode/utf8"
)

// table is a table in Markdown, padded so that it can be read as it is.
type table struct {
	header []string
	rows   [][]string
	// words are written to the left, as names always are; figures to the right.
	words bool
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) String() string {
	widths := make([]int, len(t.header))
	for _, row := range append([][]string{t.header}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	t.line(&b, t.header, widths)
	rule := make([]string, len(widths))
	for i, width := range widths {
		rule[i] = strings.Repeat("-", width)
		if t.figures(i) {
			rule[i] = rule[i][1:] + ":"
		}
	}
	t.line(&b, rule, widths)
	for _, row := range t.rows {
		t.line(&b, row, widths)
	}
	return b.String()
}

func (t *table) figures(column int) bool { return column > 0 && !t.words }

// line writes a row.
func (t *table) line(b *strings.Builder, cells []string, widths []int) {
	b.WriteByte('|')
	for i, cell := range cells {
		padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if t.figures(i) {
			cell = padding + cell
		} else {
			cell += padding
		}
		b.WriteString(" " + cell + " |")
	}
	b.WriteByte('\n')
}
