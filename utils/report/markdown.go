package report

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/signed-promote/signed-promote/utils/terminal"
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
	for _, r := range terminal.Short(strings.Join(strings.Fields(text), " ")) {
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

// Summary returns the result in Markdown.
func (r *Result) Summary() string {
	s := newSummary(r.Command, r.Status, r.summary())
	if r.DryRun {
		s.list("Nothing was changed:", []string{"this was a dry run"})
	}
	s.promotions(r.Images)
	if r.Error != nil {
		s.list("Error:", []string{sentence(r.Error)})
	}
	return s.String()
}

func (s *summary) promotions(images []Image) {
	rows := make([]row, 0, len(images))
	var troubles, warnings []string
	for _, i := range images {
		rows = append(rows, row{i.Source.String(), i.Target.String(), i.Source.Digest, i.attached(), i.Mode + ", " +
			i.Outcome})
		if i.Error != nil {
			troubles = append(troubles, i.Source.String()+": "+sentence(i.Error))
		}
		for _, w := range i.Warnings {
			warnings = append(warnings, i.Source.String()+": "+w)
		}
	}
	s.table(row{"source", "target", "digest", "attached", "outcome"}, rows)
	s.list("Errors:", troubles)
	s.list("Warnings:", warnings)
}

// sentence returns an error and what to do.
func sentence(e *Error) string {
	if e.Hint == "" {
		return e.Message
	}
	return strings.TrimSuffix(e.Message, ".") + ". " + e.Hint
}

// Summary returns the audit in Markdown.
func (r *AuditResult) Summary() string {
	s := newSummary(r.Command, r.Status, r.summary())
	var rows []row
	for _, i := range r.Images {
		for _, f := range i.Findings {
			rows = append(rows, row{i.Name(), i.State, i.about(f), f.Fix})
		}
	}
	s.table(row{"image", "state", "finding", "what to do"}, rows)
	s.list("Warnings:", r.Warnings)
	if r.Error != nil {
		s.list("Error:", []string{sentence(r.Error)})
	}
	return s.String()
}

// Summary returns the repair in Markdown.
func (r *RepairResult) Summary() string {
	s := newSummary(r.Command, r.Status, r.summary())
	s.promotions(r.Images)
	rows := make([]row, 0, len(r.SignAgain))
	for _, i := range r.SignAgain {
		rows = append(rows, row{i.Name(), i.State, i.Digest})
	}
	s.table(row{"must be signed again", "state", "digest"}, rows)
	s.list("Warnings:", r.Warnings)
	if r.Error != nil {
		s.list("Error:", []string{sentence(r.Error)})
	}
	return s.String()
}

// Summary returns the prune in Markdown.
func (r *PruneResult) Summary() string {
	s := newSummary(r.Command, r.Status, r.summary())
	rows := make([]row, 0, len(r.Attachments))
	for _, a := range r.Attachments {
		rows = append(rows, row{strings.TrimPrefix(a.Path, r.Repo+"/"), a.Kind, a.outcomeText()})
	}
	s.table(row{"attachment", "kind", "outcome"}, rows)
	s.list("Warnings:", r.Warnings)
	if r.Error != nil {
		s.list("Error:", []string{sentence(r.Error)})
	}
	return s.String()
}

// Summary returns the verification in Markdown.
func (r *VerifyResult) Summary() string {
	s := newSummary(r.Command, r.Status, r.summary())
	rows := make([]row, 0, len(r.Images))
	var missing []string
	for _, i := range r.Images {
		rows = append(rows, row{i.Image.String(), i.Image.Digest, string(i.State), strings.Join(i.by(), ", ")})
		missing = append(missing, i.missing()...)
	}
	s.table(row{"image", "digest", "state", "signed by"}, rows)
	s.list("Missing:", missing)
	if r.Error != nil {
		s.list("Error:", []string{sentence(r.Error)})
	}
	return s.String()
}

// missing reports what keeps an image from being verified.
func (i VerifyImage) missing() []string {
	var all []string
	if i.Error != nil {
		all = append(all, i.Image.String()+": "+sentence(i.Error))
	}
	if i.Verification == nil {
		return all
	}
	for _, r := range i.Verification.Requirements {
		if !r.Satisfied {
			all = append(all, fmt.Sprintf("%s: %s: %s", i.Image, r.Requirement, r.Missing))
		}
	}
	return all
}
