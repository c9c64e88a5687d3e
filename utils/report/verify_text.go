package report

import (
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
)

// Text gives the result for people: for a single image everything that was found, for many a row each and what is missing.
func (r *VerifyResult) Text() string {
	var blocks []string
	if len(r.Images) > 1 {
		blocks = append(blocks, r.rows())
	}
	for _, i := range r.Images {
		if len(r.Images) == 1 || i.State != StateVerified || len(i.Outlook) > 0 {
			blocks = append(blocks, i.blocks(len(r.Images) == 1)...)
		}
	}
	return strings.Join(append(blocks, r.summary()), "\n\n")
}

func (r *VerifyResult) summary() string {
	done := fmt.Sprintf("%d of %d %s verified", r.Count(StateVerified), len(r.Images), plural("image", len(r.Images)))
	if len(r.Images) > 0 && r.Count(StateNotAsked) == len(r.Images) {
		done = fmt.Sprintf("%d %s looked at, and nothing was asked of them", len(r.Images), plural("image", len(r.Images)))
	}
	return fmt.Sprintf("%s: %s (%d %s, %.1f s)", r.Status, done,
		r.HTTP.Requests, plural("request", int(r.HTTP.Requests)), float64(r.DurationMs)/1000)
}

func (r *VerifyResult) rows() string {
	t := newTable("IMAGE", "DIGEST", "STATE", "SIGNED BY")
	for _, i := range r.Images {
		t.AppendRow(table.Row{printable(i.Image.String()), short(i.Image.Digest), string(i.State), printable(strings.Join(i.by(), ", "))})
	}
	return render(t)
}

// by names everybody who fulfilled a requirement.
func (i VerifyImage) by() []string {
	if i.Verification == nil {
		return nil
	}
	var names []string
	seen := map[string]bool{}
	for _, r := range i.Verification.Requirements {
		for _, name := range r.By {
			if !seen[name] {
				names = append(names, name)
			}
			seen[name] = true
		}
	}
	return names
}

func (i VerifyImage) blocks(detailed bool) []string {
	head := fmt.Sprintf("%s  (%s)", printable(i.Image.String()), i.State)
	if i.Image.Digest != "" && detailed {
		head += "\n  " + printable(i.Image.Digest)
	}
	for _, w := range i.Warnings {
		head += "\n" + wrapped("! "+short(w), "  ")
	}
	if i.Error != nil {
		return []string{head + "\n" + wrapped(short(i.Error.Message), "  ")}
	}
	if i.Verification == nil {
		return []string{head}
	}
	blocks := []string{head + i.Verification.lines()}
	if detailed && len(i.Verification.Signatures) > 0 {
		blocks = append(blocks, i.signatures())
	}
	if len(i.Outlook) > 0 {
		blocks = append(blocks, i.outlook())
	}
	return blocks
}
