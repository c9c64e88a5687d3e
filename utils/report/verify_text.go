package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/outlook"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// Text returns the result for people: for a single image everything that was found, for many a row each and what is
// missing.
func (r *VerifyResult) Text(on terminal.Screen) string {
	var blocks []string
	if len(r.Images) > 1 {
		blocks = append(blocks, r.rows(on))
	}
	for _, i := range r.Images {
		if len(r.Images) == 1 || i.State != StateVerified || len(i.Outlook) > 0 || i.Details != nil {
			blocks = append(blocks, i.blocks(on, len(r.Images) == 1)...)
		}
	}
	return strings.Join(append(blocks, on.Lines(r.summary())), "\n\n")
}

func (r *VerifyResult) summary() string {
	done := fmt.Sprintf("%d of %d %s verified", r.Count(StateVerified), len(r.Images), terminal.Plural("image", len(r.Images)))
	if len(r.Images) > 0 && r.Count(StateNotAsked) == len(r.Images) {
		done = fmt.Sprintf("%d %s looked at, and nothing was asked of them", len(r.Images), terminal.Plural("image", len(r.Images)))
	}
	return fmt.Sprintf("%s: %s %s", r.Status, done, r.cost())
}

func (r *VerifyResult) rows(on terminal.Screen) string {
	t := terminal.NewTable("IMAGE", "DIGEST", "STATE", "SIGNED BY")
	for _, i := range r.Images {
		t.Add(terminal.Printable(i.Image.String()), terminal.Short(i.Image.Digest), string(i.State), terminal.Printable(strings.Join(i.by(), ", ")))
	}
	return t.Render(on)
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

func (i VerifyImage) blocks(on terminal.Screen, detailed bool) []string {
	head := on.Flow("", terminal.Gutter, on.Name(terminal.Printable(i.Image.String()), ""), "("+on.Colored(string(i.State))+")")
	if i.Image.Digest != "" && detailed {
		head += "\n" + terminal.Gutter + on.Digest(i.Image.Digest, terminal.Gutter)
	}
	if i.Details != nil {
		head += "\n" + i.Details.text(on)
	}
	for _, w := range i.Warnings {
		head += "\n" + on.Wrapped("! "+terminal.Short(w), terminal.Gutter)
	}
	if i.Error != nil {
		return []string{head + "\n" + on.Wrapped(terminal.Short(i.Error.Message), terminal.Gutter)}
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

// Forecast is what another verifier will say of an image.
type Forecast struct {
	Verifier string `json:"verifier"`
	// Version is the one that this speaks of.
	Version string `json:"version"`
	// Basis is measured or read: how the verifier's behaviour is known.
	Basis    string `json:"basis"`
	Question string `json:"question"`
	// Verdict is accepts, refuses or depends.
	Verdict string `json:"verdict"`
	Reason  string `json:"reason"`
}

// Foresee adds what other verifiers will say.
func (i *VerifyImage) Foresee(all []outlook.Forecast) {
	for _, f := range all {
		i.Outlook = append(i.Outlook, Forecast{
			Verifier: f.Verifier, Version: f.Version, Basis: string(f.Basis), Question: f.Question, Verdict: string(f.Says), Reason: f.Reason,
		})
	}
}

// outlook returns a line for each verifier, and below it the reason.
func (i VerifyImage) outlook(on terminal.Screen) string {
	lines := make([]string, 0, 1+2*len(i.Outlook))
	lines = append(lines, on.Lines("  what other verifiers will say, with the same keys, identities and trusted roots:"))
	for _, f := range i.Outlook {
		verifier := fmt.Sprintf("%s %s (%s)", f.Verifier, f.Version, f.Basis)
		lines = append(lines,
			terminal.Gutter+terminal.Pad(on.Colored(f.Verdict), len(missing))+terminal.Gutter+strings.Join(terminal.Wrap(verifier, on.Room(behindMark)),
				"\n"+behindMark),
			on.Wrapped(terminal.Short(f.Question+": "+f.Reason), behindMark))
	}
	return strings.Join(lines, "\n")
}

const (
	missing = "MISSING"
	// behindMark is the indent of what stands behind a mark or below it.
	behindMark = "           "
)

// lines tells of every requirement whether it is fulfilled.
func (v *Verification) lines(on terminal.Screen) string {
	var b strings.Builder
	for _, r := range v.Requirements {
		mark, tail := terminal.Pad(on.Colored("ok"), len(missing)), ""
		if !r.Satisfied {
			mark, tail = on.Colored(missing), "\n"+on.Wrapped(terminal.Short(r.Missing), behindMark)
		}
		title := strings.Join(terminal.Wrap(terminal.Short(r.title()), on.Room(behindMark)), "\n"+behindMark)
		fmt.Fprintf(&b, "\n  %s  %s%s", mark, title, tail)
	}
	return b.String()
}

func (r Requirement) title() string {
	if r.Policy == "" {
		return r.Requirement
	}
	return r.Policy + ": " + r.Requirement
}

func (i VerifyImage) signatures(on terminal.Screen) string {
	t := terminal.NewTable("FOUND", "ON", "STORED AS", "SIGNED BY")
	// A record can hold one signature for each of very many releases: what looks the same is told once.
	type row struct{ what, on, where, who string }
	counts := map[row]int{}
	var rows []row
	for _, s := range i.Verification.Signatures {
		r := row{s.what(), i.nameOf(s.Subject), s.where(), s.who()}
		if counts[r]++; counts[r] == 1 {
			rows = append(rows, r)
		}
	}
	for _, r := range rows {
		what := r.what
		if n := counts[r]; n > 1 {
			what = fmt.Sprintf("%s (%d times)", what, n)
		}
		t.Add(what, r.on, r.where, r.who)
	}
	return t.Render(on)
}

func (i VerifyImage) nameOf(digest string) string {
	if digest == i.Image.Digest {
		return "the image"
	}
	return terminal.Short(digest)
}

func (s Signature) what() string {
	if s.PredicateType == "" {
		return s.Kind
	}
	return s.Kind + " " + terminal.Printable(policy.PredicateLabel(s.PredicateType))
}

// where names format and storage. Of a tag the prefix and the suffix tell all, since its digits are those of the
// subject.
func (s Signature) where() string {
	if t, ok := reference.ParseSuffixTag(s.Tag); ok {
		return s.Format + ", " + terminal.Printable(t.Prefix+"."+t.Suffix)
	}
	return s.Format + ", " + s.Storage
}

func (s Signature) who() string {
	switch {
	case !s.Checked:
		return "not asked for"
	case len(s.Signers) == 0:
		return "nobody who was asked for"
	}
	var all []string
	for _, one := range s.Signers {
		all = append(all, cmp.Or(one.Identity, one.Name)+one.detail(s.Format))
	}
	return terminal.Short(strings.Join(all, ", "))
}

// detail gives in brackets what tells a key or an identity of cosign from others.
func (s Signer) detail(format string) string {
	detail := s.KeyFingerprint
	if format != string(policy.FormatNotation) {
		detail = cmp.Or(detail, s.Issuer)
	}
	if detail == "" {
		return ""
	}
	return " (" + detail + ")"
}

// lines reports what the policy says of an image that is promoted: once, if it says the same of both sides.
func (v *Verifications) lines(on terminal.Screen) string {
	switch {
	case v == nil:
		return ""
	case v.Target == nil:
		return v.Source.lines(on)
	case !v.Target.Satisfied:
		return v.Target.lines(on)
	default:
		return v.Target.lines(on) + "\n" + on.Wrapped("verified at the source, and at the target before its tag was set",
			terminal.Gutter)
	}
}
