package report

import (
	"fmt"
	"strings"
)

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
		rows = append(rows, row{strings.TrimPrefix(a.Path, r.Repo+"/"), a.Kind, a.became()})
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
