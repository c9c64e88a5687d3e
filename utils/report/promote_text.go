package report

import (
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/terminal"
)

// Text returns the result for people: a block with every attachment and step for a single image, a row each for many.
func (r *Result) Text(on terminal.Screen) string {
	var blocks []string
	switch len(r.Images) {
	case 0:
	case 1:
		blocks = r.Images[0].blocks(on)
	default:
		blocks = append(blocks, r.rows(on))
	}
	if r.Build != nil {
		blocks = append(blocks, on.Name(fmt.Sprintf("build %s/%s: %s", terminal.Printable(r.Build.Name), terminal.Printable(r.Build.Number),
			r.Build.Outcome), ""))
	}
	if len(r.Remaining) > 0 {
		blocks = append(blocks, r.remaining(on))
	}
	return strings.Join(append(blocks, on.Lines(r.summary())), "\n\n")
}

func (r *Result) remaining(on terminal.Screen) string {
	lines := make([]string, 0, len(r.Remaining))
	for _, name := range r.Remaining {
		lines = append(lines, on.Name("stays at the source: "+terminal.Short(name), ""))
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
	counts := fmt.Sprintf("%d %s %s, %d %s", r.Totals.Success, terminal.Plural("image", r.Totals.Success), done, r.Totals.Failure,
		failed)
	if r.Status == NothingToDo {
		counts = fmt.Sprintf("%d %s already there", r.Totals.Success, terminal.Plural("image", r.Totals.Success))
	}
	return fmt.Sprintf("%s: %s %s", r.Status, counts, r.cost())
}

func (i Image) blocks(on terminal.Screen) []string {
	blocks := []string{i.head(on) + i.Verification.lines(on)}
	if len(i.Attachments) > 0 {
		blocks = append(blocks, i.attachmentTable(on))
	}
	if len(i.Steps) > 0 && i.Outcome != outcomeRefused {
		blocks = append(blocks, i.stepTable(on))
	}
	return blocks
}

// head names the image, where it goes, and what became of it.
func (i Image) head(on terminal.Screen) string {
	lines := []string{
		on.Name(terminal.Printable(i.Source.String()), ""),
		on.Name("→ "+terminal.Printable(i.Target.String()), terminal.Gutter),
		on.Flow(terminal.Gutter, terminal.Gutter, on.Digest(i.Source.Digest, terminal.Gutter), "("+i.Mode+", "+on.Colored(i.Outcome)+")"),
	}
	if i.Replaces != "" {
		lines = append(lines, "  replaces "+on.Digest(i.Replaces, "  replaces "))
	}
	return strings.Join(lines, "\n")
}

// String returns "repo/image:tag".
func (l Location) String() string {
	name := l.Repo + "/" + l.Image
	if l.Tag != "" {
		name += ":" + l.Tag
	}
	return name
}

func (i Image) attachmentTable(on terminal.Screen) string {
	t := terminal.NewTable("ATTACHMENT", "ON", "STORED AS", "ACTION", "OUTCOME")
	for _, a := range i.Attachments {
		t.Add(a.Kind, i.nameOf(a.Subject), a.where(), a.Action, i.outcomeText(a.Outcome))
	}
	return t.Render(on)
}

// outcomeNotDone is for people only: the JSON keeps what was planned.
const outcomeNotDone = "not done"

// outcomeText returns an outcome for people: after a failure or a refusal, what was planned is not going to happen.
func (i Image) outcomeText(outcome string) string {
	if outcome == "planned" && i.Error != nil {
		return outcomeNotDone
	}
	return outcome
}

// nameOf reports what a digest is, if it is the image itself or one of its attachments.
func (i Image) nameOf(digest string) string {
	if digest == i.Source.Digest {
		return "the image"
	}
	for _, a := range i.Attachments {
		if a.Digest == digest {
			return "its " + a.Kind
		}
	}
	return terminal.Short(digest)
}

// where names the record that holds the attachment.
func (a Attachment) where() string {
	if a.Tag != "" {
		return terminal.Short(a.Tag)
	}
	return a.Storage + " " + terminal.Short(a.Digest)
}

func (i Image) stepTable(on terminal.Screen) string {
	t := terminal.NewTable("STEP", "PATH", "OUTCOME")
	for _, s := range i.Steps {
		t.Add(s.Action, terminal.Short(s.Path), i.outcomeText(s.Outcome))
	}
	return t.Render(on)
}

func (r *Result) rows(on terminal.Screen) string {
	t := terminal.NewTable("SOURCE", "TARGET", "DIGEST", "ATTACHED", "OUTCOME")
	for _, i := range r.Images {
		t.Add(terminal.Printable(i.Source.String()), terminal.Printable(i.Target.String()), terminal.Short(i.Source.Digest), i.attached(), i.Outcome)
	}
	return t.Render(on)
}

// attached counts the attachments that are, or will be, at the target.
func (i Image) attached() string {
	arrived := 0
	for _, a := range i.Attachments {
		if outcome := i.outcomeText(a.Outcome); outcome != "failed" && outcome != outcomeRefused && outcome != outcomeNotDone {
			arrived++
		}
	}
	return fmt.Sprintf("%d of %d", arrived, len(i.Attachments))
}
