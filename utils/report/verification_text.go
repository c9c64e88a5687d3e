package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
)

const (
	missing = "MISSING"
	// behindMark is the indent of what stands behind a mark or below it.
	behindMark = "           "
)

// lines tells of every requirement whether it is fulfilled.
func (v *Verification) lines(on Screen) string {
	var b strings.Builder
	for _, r := range v.Requirements {
		mark, tail := padded(on.tint("ok"), len(missing)), ""
		if !r.Satisfied {
			mark, tail = on.tint(missing), "\n"+on.wrapped(short(r.Missing), behindMark)
		}
		title := strings.Join(wrap(short(r.title()), on.room(behindMark)), "\n"+behindMark)
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

func (i VerifyImage) signatures(on Screen) string {
	t := newTable("FOUND", "ON", "STORED AS", "SIGNED BY")
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
		t.add(what, r.on, r.where, r.who)
	}
	return t.render(on)
}

func (i VerifyImage) nameOf(digest string) string {
	if digest == i.Image.Digest {
		return "the image"
	}
	return short(digest)
}

func (s Signature) what() string {
	if s.PredicateType == "" {
		return s.Kind
	}
	return s.Kind + " " + printable(policy.PredicateLabel(s.PredicateType))
}

// where names format and storage. Of a tag the prefix and the suffix tell all, since its digits are those of the
// subject.
func (s Signature) where() string {
	if t, ok := reference.ParseSuffixTag(s.Tag); ok {
		return s.Format + ", " + printable(t.Prefix+"."+t.Suffix)
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
	return short(strings.Join(all, ", "))
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
func (v *Verifications) lines(on Screen) string {
	switch {
	case v == nil:
		return ""
	case v.Target == nil:
		return v.Source.lines(on)
	case !v.Target.Satisfied:
		return v.Target.lines(on)
	default:
		return v.Target.lines(on) + "\n" + on.wrapped("verified at the source, and at the target before its tag was set",
			gutter)
	}
}
