package report

import (
	"strings"

	"github.com/signed-promote/signed-promote/utils/terminal"
)

// Text returns the graphs for people, as trees. Only the root's digest is shown in full: the rest is in the JSON.
func (r *StatusResult) Text(on terminal.Screen) string {
	if len(r.Images) == 0 && r.Error == nil {
		return "no image was found"
	}
	trees := make([]string, 0, len(r.Images))
	for _, i := range r.Images {
		trees = append(trees, i.tree(on))
	}
	return strings.Join(trees, "\n\n")
}

func (i StatusImage) tree(on terminal.Screen) string {
	lines := []string{on.Name(terminal.Printable(i.Source.String()), "")}
	if i.Target != nil {
		lines = append(lines, on.Name("compared with "+terminal.Printable(i.Target.String()), terminal.Gutter))
	}
	for _, d := range []*Details{i.Details, i.TargetDetails} {
		if d != nil {
			lines = append(lines, d.text(on))
		}
	}
	t := tree{image: i, on: on, seen: map[string]bool{}}
	if len(i.Manifests) > 0 {
		root := i.Manifests[0]
		lines = append(lines, on.Flow("", terminal.Gutter, append([]string{on.Digest(root.Digest, "")}, root.notes(on)...)...))
		t.branches(root.Digest, "")
	}
	t.elsewhere()
	lines = append(lines, t.lines...)
	for _, f := range i.Findings {
		lines = append(lines, on.Lines("! "+terminal.Short(f)))
	}
	return strings.Join(lines, "\n")
}

// tree draws what is attached to an image.
type tree struct {
	image StatusImage
	on    terminal.Screen
	lines []string
	// seen holds the digests whose branches were drawn: what is attached to two is shown once.
	seen map[string]bool
}

// branch is a line of the tree, in parts, and the digest whose own branches follow it.
type branch struct {
	parts  []string
	digest string
}

func (t *tree) branches(parent, indent string) {
	if t.seen[parent] {
		return
	}
	t.seen[parent] = true
	below := t.below(parent)
	for n, br := range below {
		bar, next := "├── ", "│   "
		if n == len(below)-1 {
			bar, next = "└── ", "    "
		}
		t.line(indent+bar, indent+next, br)
		t.branches(br.digest, indent+next)
	}
}

// line draws a branch. What does not fit goes on below it, beside the bar of its own branches.
func (t *tree) line(first, next string, br branch) {
	rest := next + "  "
	if !t.seen[br.digest] && len(t.below(br.digest)) > 0 {
		rest = next + "│ "
	}
	t.lines = append(t.lines, t.on.Flow(first, rest, br.parts...))
}

// below returns what is attached to a digest, then the manifests that it lists.
func (t *tree) below(parent string) []branch {
	var all []branch
	for _, a := range t.image.Attachments {
		if a.Subject == parent {
			all = append(all, branch{a.parts(t.on), a.Digest})
		}
	}
	for _, m := range t.image.Manifests {
		if m.Parent == parent {
			all = append(all, branch{m.parts(t.on), m.Digest})
		}
	}
	return all
}

// elsewhere shows the attachments of what only the target has: another image under its tag, or a record that differs.
func (t *tree) elsewhere() {
	for _, a := range t.image.Attachments {
		if !t.seen[a.Subject] {
			t.lines = append(t.lines, "on "+terminal.Short(a.Subject), t.on.Flow("└── ", "      ", a.parts(t.on)...))
		}
	}
}

func (m StatusManifest) parts(on terminal.Screen) []string {
	name := m.Platform
	if name == "" {
		name = "manifest"
	}
	return append([]string{terminal.Pad(terminal.Printable(name), kindWidth), terminal.Short(m.Digest)}, m.notes(on)...)
}

func (m StatusManifest) notes(on terminal.Screen) []string {
	signed := "not signed"
	switch {
	case m.Signed:
		signed = "signed"
	case m.SignedUnknown:
		signed = "signed or not: unknown"
	}
	return []string{on.Colored(signed), stateNote(on, m.State)}
}

// kindWidth keeps what follows kinds and platforms in one column.
const kindWidth = 11

func (a StatusAttachment) parts(on terminal.Screen) []string {
	stored := a.Tag
	if stored == "" {
		stored = a.Storage
	}
	other := ""
	if a.Kind == "other" {
		other = terminal.Printable(a.ArtifactType)
	}
	return []string{terminal.Pad(a.Kind, kindWidth), terminal.Short(stored), terminal.Short(a.Digest), other, stateNote(on, a.State)}
}

// stateNote marks what is not the same on both sides.
func stateNote(on terminal.Screen, state string) string {
	switch state {
	case "", "same":
		return ""
	case "extra":
		return "[only at the target]"
	case "includes":
		return "[the target has more]"
	default:
		return on.Colored("[" + strings.ToUpper(state) + "]")
	}
}
