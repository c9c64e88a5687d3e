package verification

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// examine reads what a record says it is and checks it by every question for its format. The content is anybody's, and
// the libraries are large: should it make one of them panic, that is a problem of the record and not of the process.
func (v *Verifier) examine(ctx context.Context, at reference.Reference, subject manifest.Manifest, r *record,
	questions []policy.Question,
) (e policy.Evidence) {
	e = r.Evidence
	if e.Problem != "" || !r.asked {
		return e
	}
	defer func() {
		if cause := recover(); cause != nil {
			e = r.Evidence
			e.Problem = fmt.Sprintf("%s: %v", brokeOff, cause)
		}
	}()
	check := v.checkerFor(at, subject, r, &e)
	if e.Problem != "" {
		return e
	}
	for _, q := range questions {
		if isNotation := q.Notation != (policy.Notation{}); isNotation == (r.Format == policy.FormatNotation) {
			e.Checks = append(e.Checks, v.once(ctx, at, r, q, check))
		}
	}
	return e
}

// brokeOff begins the problem of content that made a library panic.
const brokeOff = "its check broke off"

// checker holds one record against a question.
type checker func(ctx context.Context, q policy.Question) (policy.Proof, error)

// checkerFor reads the content of a record as far as every check needs it.
func (v *Verifier) checkerFor(at reference.Reference, subject manifest.Manifest, r *record,
	e *policy.Evidence,
) checker {
	switch r.Format {
	case policy.FormatBundle:
		return v.cosign.bundle(r, e)
	case policy.FormatNotation:
		return func(ctx context.Context, q policy.Question) (policy.Proof, error) {
			return v.notation[q.Notation].check(ctx, at, subject, r)
		}
	default:
		return v.cosign.layer(r, e)
	}
}

// once makes a check, or gives the one that was made before of the same bytes.
func (v *Verifier) once(ctx context.Context, at reference.Reference, r *record, q policy.Question,
	check checker,
) policy.Check {
	c, _ := v.checked.Get(r.key(at, q), func() (policy.Check, error) {
		proof, err := check(ctx, q)
		if err != nil {
			return policy.Check{Question: q, Reason: oneLine(err)}, nil
		}
		return policy.Check{Question: q, Verified: true, Proof: proof}, nil
	})
	return c
}

// key is equal for checks that cannot differ: of the same content with the same signature, on the same subject, by the
// same question.
func (r *record) key(at reference.Reference, q policy.Question) string {
	key := fmt.Sprintf("%q %q %q %t %#v", r.Subject, r.descriptor.Digest, r.Format, r.Attests, q)
	if r.Format == policy.FormatNotation {
		key += fmt.Sprintf(" %q %q", at.Image, r.descriptor.MediaType)
	}
	for _, name := range slices.Sorted(maps.Keys(r.descriptor.Annotations)) {
		key += fmt.Sprintf(" %q=%q", name, r.descriptor.Annotations[name])
	}
	return key
}

// oneLine makes a library's message fit into a sentence.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
