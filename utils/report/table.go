package report

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// Table gives the result for people: a block with every attachment and step for a single image, a row each for many.
func (r *Result) Table() string {
	var blocks []string
	switch len(r.Images) {
	case 0:
	case 1:
		blocks = r.Images[0].blocks()
	default:
		blocks = append(blocks, r.rows())
	}
	if r.Build != nil {
		blocks = append(blocks, fmt.Sprintf("build %s/%s: %s", printable(r.Build.Name), printable(r.Build.Number), r.Build.Outcome))
	}
	if len(r.Remaining) > 0 {
		blocks = append(blocks, r.remaining())
	}
	return strings.Join(append(blocks, r.summary()), "\n\n")
}

func (r *Result) remaining() string {
	lines := make([]string, 0, len(r.Remaining))
	for _, name := range r.Remaining {
		lines = append(lines, "stays at the source: "+short(name))
	}
	return strings.Join(lines, "\n")
}

// summary is the last line. Of a dry run nothing is done yet.
func (r *Result) summary() string {
	done := "done"
	if r.DryRun {
		done = "planned"
	}
	failed := "failed"
	if r.Status == RefusedRun {
		failed = "refused"
	}
	counts := fmt.Sprintf("%d %s %s, %d %s", r.Totals.Success, plural("image", r.Totals.Success), done, r.Totals.Failure, failed)
	if r.Status == NothingToDo {
		counts = fmt.Sprintf("%d %s already there", r.Totals.Success, plural("image", r.Totals.Success))
	}
	return fmt.Sprintf("%s: %s (%d %s, %.1f s)", r.Status, counts,
		r.HTTP.Requests, plural("request", int(r.HTTP.Requests)), float64(r.DurationMs)/1000)
}

func (i Image) blocks() []string {
	head := fmt.Sprintf("%s\n  → %s\n  ", printable(i.Source.String()), printable(i.Target.String()))
	if i.Source.Digest != "" {
		head += printable(i.Source.Digest) + "  "
	}
	head += fmt.Sprintf("(%s, %s)", i.Mode, i.Outcome)
	if i.Replaces != "" {
		head += "\n  replaces " + printable(i.Replaces)
	}
	blocks := []string{head}
	if len(i.Attachments) > 0 {
		blocks = append(blocks, i.attachmentTable())
	}
	if len(i.Steps) > 0 && i.Outcome != outcomeRefused {
		blocks = append(blocks, i.stepTable())
	}
	return blocks
}

// String gives "repo/image:tag".
func (l Location) String() string {
	name := l.Repo + "/" + l.Image
	if l.Tag != "" {
		name += ":" + l.Tag
	}
	return name
}

func (i Image) attachmentTable() string {
	t := newTable("ATTACHMENT", "ON", "STORED AS", "ACTION", "OUTCOME")
	for _, a := range i.Attachments {
		t.AppendRow(table.Row{a.Kind, i.nameOf(a.Subject), a.where(), a.Action, i.became(a.Outcome)})
	}
	return render(t)
}

// outcomeNotDone is for people only: the JSON keeps what was planned.
const outcomeNotDone = "not done"

// became gives an outcome for people: after a failure or a refusal, what was planned is not going to happen.
func (i Image) became(outcome string) string {
	if outcome == "planned" && i.Error != nil {
		return outcomeNotDone
	}
	return outcome
}

// nameOf tells what a digest is, if it is the image itself or one of its attachments.
func (i Image) nameOf(digest string) string {
	if digest == i.Source.Digest {
		return "the image"
	}
	for _, a := range i.Attachments {
		if a.Digest == digest {
			return "its " + a.Kind
		}
	}
	return short(digest)
}

// where names the record that holds the attachment.
func (a Attachment) where() string {
	if a.Tag != "" {
		return short(a.Tag)
	}
	return a.Storage + " " + short(a.Digest)
}

func (i Image) stepTable() string {
	t := newTable("STEP", "PATH", "OUTCOME")
	for _, s := range i.Steps {
		t.AppendRow(table.Row{s.Action, short(s.Path), i.became(s.Outcome)})
	}
	return render(t)
}

func (r *Result) rows() string {
	t := newTable("SOURCE", "TARGET", "DIGEST", "ATTACHED", "OUTCOME")
	for _, i := range r.Images {
		t.AppendRow(table.Row{printable(i.Source.String()), printable(i.Target.String()), short(i.Source.Digest), i.attached(), i.Outcome})
	}
	return render(t)
}

// attached counts the attachments that are, or will be, at the target.
func (i Image) attached() string {
	arrived := 0
	for _, a := range i.Attachments {
		if outcome := i.became(a.Outcome); outcome != "failed" && outcome != outcomeRefused && outcome != outcomeNotDone {
			arrived++
		}
	}
	return fmt.Sprintf("%d of %d", arrived, len(i.Attachments))
}

func newTable(columns ...any) table.Writer {
	t := table.NewWriter()
	t.SetStyle(plain())
	t.AppendHeader(columns)
	return t
}

// plain is a style without borders, which survives pipes, logs and narrow terminals.
func plain() table.Style {
	style := table.StyleDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "  ", ""
	style.Format.Header = text.FormatDefault
	return style
}

// render writes a table without the blanks that would fill its last column.
func render(t table.Writer) string {
	lines := strings.Split(t.Render(), "\n")
	for n, line := range lines {
		lines[n] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
