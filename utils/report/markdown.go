package report

import (
	"fmt"
	"strings"
	"unicode"
)

// shownRows is how many rows a summary has. A page of hundreds is read by nobody, and GitHub shows none above a
// megabyte.
const shownRows = 100

// summary is a result in Markdown, as CI systems show it with a run. It is for people: programs read the JSON.
type summary struct{ text strings.Builder }

// newSummary begins with what was called and how it ended.
func newSummary(command string, status Status, ending string) *summary {
	s := &summary{}
	fmt.Fprintf(&s.text, "### signed-promote %s: %s\n\n%s\n", command, status, markdown(ending))
	return s
}

// row is a line of a table. Its cells are escaped by the table.
type row []string

// table writes a table whose first column holds names, unless there is no row.
func (s *summary) table(columns row, rows []row) {
	if len(rows) == 0 {
		return
	}
	s.text.WriteString("\n|")
	for _, c := range columns {
		s.text.WriteString(" " + c + " |")
	}
	s.text.WriteString("\n|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, r := range rows[:min(len(rows), shownRows)] {
		s.text.WriteByte('|')
		for n, cell := range r {
			s.text.WriteString(" " + cellOf(n, cell) + " |")
		}
		s.text.WriteByte('\n')
	}
	s.more(len(rows))
}

func cellOf(column int, text string) string {
	if column > 0 || text == "" {
		return markdown(text)
	}
	return "<code>" + markdown(text) + "</code>"
}

// list writes sentences, unless there is none.
func (s *summary) list(heading string, sentences []string) {
	if len(sentences) == 0 {
		return
	}
	s.text.WriteString("\n" + heading + "\n\n")
	for _, text := range sentences[:min(len(sentences), shownRows)] {
		s.text.WriteString("- " + markdown(text) + "\n")
	}
	s.more(len(sentences))
}

// more reports what is left out, so that nobody takes a part for the whole.
func (s *summary) more(of int) {
	if of > shownRows {
		fmt.Fprintf(&s.text, "\nThe first %d of %d are shown; the result has all.\n", shownRows, of)
	}
}

func (s *summary) String() string { return s.text.String() }

// markdown makes text that came from a registry fit for Markdown: none of it is markup, HTML or a link. Digests are
// short.
func markdown(text string) string {
	var b strings.Builder
	for _, r := range short(strings.Join(strings.Fields(text), " ")) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(` -/.,:;…→()'"?=%`, r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "&#%d;", r)
		}
	}
	// What is left of these would still be made a link of.
	return strings.NewReplacer("://", "&#58;//", "www.", "www&#46;", "WWW.", "WWW&#46;").Replace(b.String())
}
