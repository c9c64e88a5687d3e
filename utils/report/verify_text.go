package report

import (
	"fmt"
	"strings"
)

// Text returns the result for people: for a single image everything that was found, for many a row each and what is
// missing.
func (r *VerifyResult) Text(on Screen) string {
	var blocks []string
	if len(r.Images) > 1 {
		blocks = append(blocks, r.rows(on))
	}
	for _, i := range r.Images {
		if len(r.Images) == 1 || i.State != StateVerified || len(i.Outlook) > 0 || i.Details != nil {
			blocks = append(blocks, i.blocks(on, len(r.Images) == 1)...)
		}
	}
	return strings.Join(append(blocks, on.lines(r.summary())), "\n\n")
}

func (r *VerifyResult) summary() string {
	done := fmt.Sprintf("%d of %d %s verified", r.Count(StateVerified), len(r.Images), plural("image", len(r.Images)))
	if len(r.Images) > 0 && r.Count(StateNotAsked) == len(r.Images) {
		done = fmt.Sprintf("%d %s looked at, and nothing was asked of them", len(r.Images), plural("image", len(r.Images)))
	}
	return fmt.Sprintf("%s: %s (%d %s, %.1f s)", r.Status, done,
		r.HTTP.Requests, plural("request", int(r.HTTP.Requests)), float64(r.DurationMs)/1000)
}

func (r *VerifyResult) rows(on Screen) string {
	t := newTable("IMAGE", "DIGEST", "STATE", "SIGNED BY")
	for _, i := range r.Images {
		t.add(printable(i.Image.String()), short(i.Image.Digest), string(i.State), printable(strings.Join(i.by(), ", ")))
	}
	return t.render(on)
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

func (i VerifyImage) blocks(on Screen, detailed bool) []string {
	head := on.flow("", gutter, on.name(printable(i.Image.String()), ""), "("+on.tint(string(i.State))+")")
	if i.Image.Digest != "" && detailed {
		head += "\n" + gutter + on.digest(i.Image.Digest, gutter)
	}
	if i.Details != nil {
		head += "\n" + i.Details.text(on)
	}
	for _, w := range i.Warnings {
		head += "\n" + on.wrapped("! "+short(w), gutter)
	}
	if i.Error != nil {
		return []string{head + "\n" + on.wrapped(short(i.Error.Message), gutter)}
	}
	if i.Verification == nil {
		return []string{head}
	}
	blocks := []string{head + i.Verification.lines(on)}
	if detailed && len(i.Verification.Signatures) > 0 {
		blocks = append(blocks, i.signatures(on))
	}
	if len(i.Outlook) > 0 {
		blocks = append(blocks, i.outlook(on))
	}
	return blocks
}
