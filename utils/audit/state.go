package audit

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// State is what an audit says of an image.
type State string

// The states, from the best. Partly: some signature is there, but not the root's, or not those of all platforms where
// some platform has one, or a required kind of attachment is lacking. Lost: a signature that is lacking exists in
// another repository. Broken: something attached dangles or lacks its content. Unknown: it could not be told, which is
// never "unsigned".
const (
	Signed   State = "signed"
	Partly   State = "partly"
	Lost     State = "lost"
	Unsigned State = "unsigned"
	Broken   State = "broken"
	Unknown  State = "unknown"
)

// States returns all of them, in their order.
func States() []State { return []State{Signed, Partly, Lost, Unsigned, Broken, Unknown} }

// Problem is the kind of a finding.
type Problem string

// The kinds of findings.
const (
	// NotSigned is a root, or a platform while others have one, without a signature.
	NotSigned Problem = "not-signed"
	// LeftBehind is an attachment that another repository has and this one lacks.
	LeftBehind Problem = "left-behind"
	// Damaged is an attachment that dangles, lacks blobs, or is listed nowhere, and an image whose folder lacks blobs.
	Damaged Problem = "damaged"
	// Lacking is a required kind of attachment that is not there.
	Lacking Problem = "lacking"
	// Missing is a platform that the index lists and the registry does not have.
	Missing Problem = "missing"
	// Unreadable is what could not be read.
	Unreadable Problem = "unreadable"
	// NoSignature is something else, or nothing, behind a tag that verifiers look for a signature under.
	NoSignature Problem = "no-signature"
	// Nested is a folder of an attachment inside the folder of the same name, where no client looks.
	Nested Problem = "nested"
	// NotVerified is an image that does not satisfy the policy.
	NotVerified Problem = "not-verified"
)

// Finding is one thing that is not as it should be.
type Finding struct {
	Problem Problem
	// Subject is the digest that it is about: the image's, or a platform's.
	Subject digest.Digest
	// Name is the folder of the attachment, if it is about one.
	Name    string
	Message string
	// Unlisted reports that what is damaged is whole, but that no list of the registry leads to it.
	Unlisted bool
	// FoundIn names the images elsewhere that have what is lacking here.
	FoundIn []reference.Image
	// Unsignable reports that what is not signed cannot be, since it is in docker's first form.
	Unsignable bool
	// Kind is that of an attachment that was left behind; Signs reports that it signs its subject.
	Kind  attachment.Kind
	Signs bool
	// Other reports that it is here as well, with another content.
	Other bool
}

// observation is all that was seen of the digests of one image.
type observation struct {
	// digests are the root, and what is below it that somebody may sign.
	digests []digest.Digest
	// attesting are BuildKit's attestation manifests among what the index lists: nobody has to sign them, but something
	// may be attached to them.
	attesting []digest.Digest
	// missing are those of them that are not there.
	missing []digest.Digest
	signed  map[digest.Digest]bool
	kinds   map[attachment.Kind]bool
	// damage, doubt and nested are findings of their kinds.
	damage, doubt, nested []Finding
	// elsewhere is doubt about what other repositories have. It is none about an image that lacks nothing.
	doubtInSources []Finding
	// empty are the tags without the signature that they are for: findings that decide nothing.
	empty []Finding
	// left are the attachments that other repositories have and this one lacks.
	missingHere []missingHere
	// schema1 reports that the root is in docker's first form, which cosign cannot sign.
	schema1 bool
}

// missingHere is one of them.
type missingHere struct {
	subject   digest.Digest
	name      string
	kind      attachment.Kind
	signature bool
	// other reports that it is here as well, with another content.
	other bool
	in    []reference.Image
	// digests are those of the copies, each of the image at the same position.
	digests []digest.Digest
}

// classify decides on an image. It is pure.
func classify(o observation, required []attachment.Kind) (State, []Finding) {
	unsigned, lacking := o.unsigned(), o.lacking(required)
	if len(unsigned)+len(lacking) > 0 {
		o.doubt = append(slices.Clone(o.doubt), o.doubtInSources...)
	}
	findings := slices.Concat(o.doubt, o.damage, o.empty)
	for _, d := range o.missing {
		findings = append(findings, Finding{
			Problem: Missing, Subject: d,
			Message: "the index lists this manifest, but it is not there",
		})
	}
	for _, l := range o.missingHere {
		message := fmt.Sprintf("%s is in %s", l.name, l.in[0])
		if l.other {
			message += " with another content"
		}
		findings = append(findings, Finding{
			Problem: LeftBehind, Subject: l.subject, Name: l.name, FoundIn: l.in, Kind: l.kind, Signs: l.signature, Other: l.other, Message: message,
		})
	}
	for _, d := range unsigned {
		findings = append(findings, Finding{
			Problem: NotSigned, Subject: d, Message: "no signature", FoundIn: o.signatures(d),
			Unsignable: o.schema1 && d == o.digests[0],
		})
	}
	findings = append(findings, o.nested...)
	for _, kind := range lacking {
		findings = append(findings, Finding{Problem: Lacking, Subject: o.digests[0], Message: "no " + string(kind) +
			", which is required"})
	}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Problem, b.Problem), cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Name, b.Name))
	})
	return o.state(unsigned, lacking), findings
}

func (o observation) state(unsigned []digest.Digest, lacking []attachment.Kind) State {
	switch {
	case len(o.doubt) > 0:
		return Unknown
	case len(o.damage) > 0, len(o.missing) > 0:
		return Broken
	case len(unsigned) > 0 && o.anyLost():
		return Lost
	case len(unsigned) == 0 && len(lacking) == 0:
		return Signed
	case o.anySigned():
		return Partly
	default:
		return Unsigned
	}
}

// unsigned returns the digests that lack a signature: the root, and where any platform has one, the others.
func (o observation) unsigned() []digest.Digest {
	var found []digest.Digest
	below := slices.ContainsFunc(o.digests[1:], func(d digest.Digest) bool { return o.signed[d] })
	for i, d := range o.digests {
		if !o.signed[d] && (i == 0 || below) {
			found = append(found, d)
		}
	}
	return found
}

func (o observation) anySigned() bool {
	return slices.ContainsFunc(o.digests, func(d digest.Digest) bool { return o.signed[d] })
}

// anyLost reports whether another repository has a signature that is lacking here.
func (o observation) anyLost() bool {
	return slices.ContainsFunc(o.missingHere, func(l missingHere) bool { return l.signature && !l.other })
}

// signatures returns the images elsewhere that have a signature of a digest, each once.
func (o observation) signatures(d digest.Digest) []reference.Image {
	var in []reference.Image
	for _, l := range o.missingHere {
		for _, image := range l.in {
			if l.subject == d && l.signature && !l.other && !slices.Contains(in, image) {
				in = append(in, image)
			}
		}
	}
	return in
}

func (o observation) lacking(required []attachment.Kind) []attachment.Kind {
	var lacking []attachment.Kind
	for _, kind := range required {
		if !o.kinds[kind] {
			lacking = append(lacking, kind)
		}
	}
	return lacking
}
