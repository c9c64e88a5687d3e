package report

import (
	"fmt"
	"strings"
)

// Table returns the result for people: a block with every attachment and step for a single image, a row each for many.
func (r *Result) Table(on Screen) string {
	var blocks []string
	switch len(r.Images) {
	case 0:
	case 1:
		blocks = r.Images[0].blocks(on)
	default:
		blocks = append(blocks, r.rows(on))
	}
	if r.Build != nil {
		blocks = append(blocks, on.name(fmt.Sprintf("build %s/%s: %s", printable(r.Build.Name), printable(r.Build.Number),
			r.Build.Outcome), ""))
	}
	if len(r.Remaining) > 0 {
		blocks = append(blocks, r.remaining(on))
	}
	return strings.Join(append(blocks, on.lines(r.summary())), "\n\n")
}

func (r *Result) remaining(on Screen) string {
	lines := make([]string, 0, len(r.Remaining))
	for _, name := range r.Remaining {
		lines = append(lines, on.name("stays at the source: "+short(name), ""))
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
	counts := fmt.Sprintf("%d %s %s, %d %s", r.Totals.Success, plural("image", r.Totals.Success), done, r.Totals.Failure,
		failed)
	if r.Status == NothingToDo {
		counts = fmt.Sprintf("%d %s already there", r.Totals.Success, plural("image", r.Totals.Success))
	}
	return fmt.Sprintf("%s: %s (%d %s, %.1f s)", r.Status, counts,
		r.HTTP.Requests, plural("request", int(r.HTTP.Requests)), float64(r.DurationMs)/1000)
}

func (i Image) blocks(on Screen) []string {
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
func (i Image) head(on Screen) string {
	lines := []string{
		on.name(printable(i.Source.String()), ""),
		on.name("→ "+printable(i.Target.String()), gutter),
		on.flow(gutter, gutter, on.digest(i.Source.Digest, gutter), "("+i.Mode+", "+on.tint(i.Outcome)+")"),
	}
	if i.Replaces != "" {
		lines = append(lines, "  replaces "+on.digest(i.Replaces, "  replaces "))
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

func (i Image) attachmentTable(on Screen) string {
	t := newTable("ATTACHMENT", "ON", "STORED AS", "ACTION", "OUTCOME")
	for _, a := range i.Attachments {
		t.add(a.Kind, i.nameOf(a.Subject), a.where(), a.Action, i.became(a.Outcome))
	}
	return t.render(on)
}

// outcomeNotDone is for people only: the JSON keeps what was planned.
const outcomeNotDone = "not done"

// became returns an outcome for people: after a failure or a refusal, what was planned is not going to happen.
func (i Image) became(outcome string) string {
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
	return short(digest)
}

// where names the record that holds the attachment.
func (a Attachment) where() string {
	if a.Tag != "" {
		return short(a.Tag)
	}
	return a.Storage + " " + short(a.Digest)
}

func (i Image) stepTable(on Screen) string {
	t := newTable("STEP", "PATH", "OUTCOME")
	for _, s := range i.Steps {
		t.add(s.Action, short(s.Path), i.became(s.Outcome))
	}
	return t.render(on)
}

func (r *Result) rows(on Screen) string {
	t := newTable("SOURCE", "TARGET", "DIGEST", "ATTACHED", "OUTCOME")
	for _, i := range r.Images {
		t.add(printable(i.Source.String()), printable(i.Target.String()), short(i.Source.Digest), i.attached(), i.Outcome)
	}
	return t.render(on)
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
