package report

import (
	"fmt"
	"strings"
)

// Tree gives the graphs for people, as trees. Only the root's digest is shown in full: the rest is in the JSON.
func (r *StatusResult) Tree() string {
	if len(r.Images) == 0 && r.Error == nil {
		return "no image was found"
	}
	trees := make([]string, 0, len(r.Images))
	for _, i := range r.Images {
		trees = append(trees, i.tree())
	}
	return strings.Join(trees, "\n\n")
}

func (i StatusImage) tree() string {
	var b strings.Builder
	b.WriteString(printable(i.Source.String()))
	if i.Target != nil {
		fmt.Fprintf(&b, "\n  compared with %s", printable(i.Target.String()))
	}
	seen := map[string]bool{}
	if len(i.Manifests) > 0 {
		root := i.Manifests[0]
		fmt.Fprintf(&b, "\n%s  %s", printable(root.Digest), root.note())
		i.branches(&b, root.Digest, "", seen)
	}
	i.elsewhere(&b, seen)
	for _, f := range i.Findings {
		fmt.Fprintf(&b, "\n! %s", short(f))
	}
	return b.String()
}

// branch is a line of the tree and the digest whose own branches follow it.
type branch struct{ line, digest string }

func (i StatusImage) branches(b *strings.Builder, parent, indent string, seen map[string]bool) {
	if seen[parent] {
		return
	}
	seen[parent] = true
	below := i.below(parent)
	for n, br := range below {
		bar, next := "├── ", "│   "
		if n == len(below)-1 {
			bar, next = "└── ", "    "
		}
		fmt.Fprintf(b, "\n%s%s%s", indent, bar, br.line)
		i.branches(b, br.digest, indent+next, seen)
	}
}

// below gives what hangs on a digest, then the manifests that it lists.
func (i StatusImage) below(parent string) []branch {
	var all []branch
	for _, a := range i.Attachments {
		if a.Subject == parent {
			all = append(all, branch{a.line(), a.Digest})
		}
	}
	for _, m := range i.Manifests {
		if m.Parent == parent {
			all = append(all, branch{m.line(), m.Digest})
		}
	}
	return all
}

// elsewhere shows the attachments of what only the target has: another image under its tag, or a record that differs.
func (i StatusImage) elsewhere(b *strings.Builder, seen map[string]bool) {
	for _, a := range i.Attachments {
		if !seen[a.Subject] {
			fmt.Fprintf(b, "\non %s\n└── %s", short(a.Subject), a.line())
		}
	}
}

func (m StatusManifest) line() string {
	name := m.Platform
	if name == "" {
		name = "manifest"
	}
	return fmt.Sprintf("%-11s  %s  %s", printable(name), short(m.Digest), m.note())
}

func (m StatusManifest) note() string {
	if m.Signed {
		return "signed" + stateNote(m.State)
	}
	return "not signed" + stateNote(m.State)
}

func (a StatusAttachment) line() string {
	stored := a.Tag
	if stored == "" {
		stored = a.Storage
	}
	line := fmt.Sprintf("%-11s  %s  %s", a.Kind, short(stored), short(a.Digest))
	if a.Kind == "other" && a.ArtifactType != "" {
		line += "  " + printable(a.ArtifactType)
	}
	return line + stateNote(a.State)
}

// stateNote marks what is not the same on both sides.
func stateNote(state string) string {
	switch state {
	case "", "same":
		return ""
	case "extra":
		return "  [only at the target]"
	case "includes":
		return "  [the target has more]"
	default:
		return "  [" + strings.ToUpper(state) + "]"
	}
}
