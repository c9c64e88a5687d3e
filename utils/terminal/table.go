package terminal

import (
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table is one that knows how wide it may be.
type Table struct {
	head []string
	rows [][]string
}

// Gutter is what stands before each column.
const Gutter = "  "

// maxLines is how many lines a row may take until a list is easier to read.
const maxLines = 4

// tallest is how many lines the highest row takes.
func (g *Table) tallest(widths []int) int {
	n := 0
	for _, row := range g.rows {
		for at, cell := range row {
			n = max(n, len(Wrap(cell, widths[at])))
		}
	}
	return n
}

// NewTable returns a table with these titles.
func NewTable(columns ...string) *Table { return &Table{head: columns} }

// Add adds a row.
func (g *Table) Add(cells ...string) { g.rows = append(g.rows, cells) }

// Render lays the table out: as it is where it fits, with broken cells where that is enough, and else each row as a
// list of its cells.
func (g *Table) Render(s Screen) string {
	widths := g.natural()
	if s.Width > 0 {
		widths = g.fitting(widths, s.Width-len(Gutter)*len(g.head))
	}
	if widths == nil || g.tallest(widths) > maxLines {
		return g.list(s)
	}
	t := table.NewWriter()
	t.SetStyle(borderless())
	t.AppendHeader(rowOf(g.head, func(_ int, title string) string { return title }))
	for _, row := range g.rows {
		t.AppendRow(rowOf(row, func(n int, cell string) string { return s.Colored(strings.Join(Wrap(cell, widths[n]), "\n")) }))
	}
	return trimmed(t.Render())
}

func rowOf(cells []string, each func(int, string) string) table.Row {
	row := make(table.Row, 0, len(cells))
	for n, cell := range cells {
		row = append(row, each(n, cell))
	}
	return row
}

// natural returns the widths that break nothing.
func (g *Table) natural() []int { return g.widest(columns) }

// fitting narrows the widest columns until the sum fits; nil when that would cut digests or words.
func (g *Table) fitting(widths []int, room int) []int {
	least := g.widest(needed)
	for sum(widths) > room {
		at := -1
		for n := range widths {
			if widths[n] > max(least[n], columns(g.head[n])) && (at < 0 || widths[n] > widths[at]) {
				at = n
			}
		}
		if at < 0 {
			return nil
		}
		widths[at]--
	}
	return widths
}

func (g *Table) widest(measure func(string) int) []int {
	widths := make([]int, len(g.head))
	for n, title := range g.head {
		widths[n] = columns(title)
	}
	for _, row := range g.rows {
		for n, cell := range row {
			widths[n] = max(widths[n], measure(cell))
		}
	}
	return widths
}

// list writes every row as lines of title and cell.
func (g *Table) list(s Screen) string {
	titles := 0
	for _, title := range g.head {
		titles = max(titles, columns(title))
	}
	blocks := make([]string, 0, len(g.rows))
	for _, row := range g.rows {
		var lines []string
		for n, cell := range row {
			if cell == "" {
				continue
			}
			indent := Gutter + Pad(g.head[n], titles) + Gutter
			hanging := strings.Repeat(" ", columns(indent))
			lines = append(lines, indent+s.Colored(strings.Join(Wrap(cell, s.Room(indent)), "\n"+hanging)))
		}
		blocks = append(blocks, strings.Join(lines, "\n"))
	}
	return strings.Join(blocks, "\n\n")
}

func sum(widths []int) int {
	total := 0
	for _, w := range widths {
		total += w
	}
	return total
}

// borderless is a style without borders, which survives pipes, logs and narrow terminals.
func borderless() table.Style {
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = Gutter, ""
	style.Format.Header = text.FormatDefault
	return style
}

// trimmed takes off the blanks that would fill the last column.
func trimmed(rendered string) string {
	lines := strings.Split(rendered, "\n")
	for n, line := range lines {
		lines[n] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
