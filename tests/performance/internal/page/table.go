// Package page writes what was measured as tables, for the terminal and for docs/performance.md.
package page

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// table is a table in Markdown, padded so that it can be read as it is.
type table struct {
	header []string
	rows   [][]string
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
	line(&b, t.header, widths)
	rule := make([]string, len(widths))
	for i, width := range widths {
		rule[i] = strings.Repeat("-", width)
		if i > 0 {
			rule[i] = rule[i][1:] + ":"
		}
	}
	line(&b, rule, widths)
	for _, row := range t.rows {
		line(&b, row, widths)
	}
	return b.String()
}

// line writes a row: names to the left, figures to the right.
func line(b *strings.Builder, cells []string, widths []int) {
	for i, cell := range cells {
		padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		if i == 0 {
			fmt.Fprintf(b, "| %s%s |", cell, padding)
		} else {
			fmt.Fprintf(b, " %s%s |", padding, cell)
		}
	}
	b.WriteByte('\n')
}
