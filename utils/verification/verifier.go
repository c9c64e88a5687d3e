// Package verification checks the signatures and attestations on an image with cosign's and notation's own code, and
// gives what it found to package policy to judge. It reads attachments through an interface and hands their bytes to
// the libraries: what discovery has read is not read again, and nothing that belongs to the registry is asked for
// behind its back.
package verification

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/memo"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Blobs reads the content of attachments. Absent is failure.ErrNotFound; content that is not what the descriptor says
// is an error.
type Blobs interface {
	Blob(ctx context.Context, image reference.Image, d ocispec.Descriptor) (io.ReadCloser, error)
}

// Options are what a Verifier needs. All but Prefix and Server are needed.
type Options struct {
	// Policies have to be satisfied all.
	Policies []policy.Policy
	Blobs    Blobs
	// Prefix is cosign's --attachment-tag-prefix: attachments with it count as well.
	Prefix string
	// Server is the address of Artifactory, by which trust policies of notation name images.
	Server *url.URL
	// Getenv reads variables, for keys that are in one.
	Getenv func(string) string
	// Now reports the time that ages are counted to.
	Now func() time.Time
	// Report checks everything, whether a rule asks for it or not, and reads an attachment once for all images that
	// share it. A promotion does neither: it reads what it needs, and what the target has by then.
	Report bool
	// Everything reads and checks even what nobody asks about.
	Everything bool
}

// Verifier holds images against policies. It may be used for many images at once; each signature is checked once by
// each question.
type Verifier struct {
	Options
	cosign   *cosignChecker
	notation map[policy.Notation]*notationChecker
	checked  memo.Map[string, policy.Check]
	examined memo.Map[string, []policy.Evidence]
}

// New loads the keys, trusted roots and trust policies that the policies name; the errors tell which of them cannot be
// used. The public-good root is fetched from the network, where a policy needs it.
func New(ctx context.Context, o Options) (*Verifier, error) {
	v := &Verifier{Options: o, notation: map[policy.Notation]*notationChecker{}, cosign: newCosignChecker()}
	for _, p := range o.Policies {
		for _, q := range policy.Questions(p.Rules) {
			if err := v.prepare(ctx, q); err != nil {
				return nil, err
			}
		}
		if err := v.cosign.distinct(p.Rules); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (v *Verifier) prepare(ctx context.Context, q policy.Question) (err error) {
	if q.Notation != (policy.Notation{}) {
		v.notation[q.Notation], err = newNotationChecker(q.Notation, v.Server)
		return err
	}
	return v.cosign.prepare(ctx, q, v.Getenv)
}

// Verify reports whether an image satisfies the policies for it. at is the place that the policies speak of, which may
// be another than the one in which the graph was read. The error is one of reading, which says nothing about the image.
func (v *Verifier) Verify(ctx context.Context, at reference.Reference, g *attachment.Graph) (*policy.Verdict, error) {
	rules, uncovered := policy.For(v.Policies, at.Repo, at.Path, g.Root)
	evidence, err := v.collect(ctx, at, g, policy.Subjects(rules, g), rules)
	if err != nil {
		return nil, err
	}
	findings := policy.Findings{Evidence: evidence, Skipped: v.skipped(at, g, rules)}
	verdict := policy.Judge(rules, g.Root, policy.Children(g), findings, v.Now())
	verdict.Outcomes = append(uncovered, verdict.Outcomes...)
	return verdict, nil
}

// collect reads what is attached to the subjects and checks each of it by every question that it can answer.
func (v *Verifier) collect(ctx context.Context, at reference.Reference, g *attachment.Graph, subjects []digest.Digest,
	rules []policy.Rule,
) ([]policy.Evidence, error) {
	of := make([][]attachment.Attachment, 0, len(subjects))
	for _, subject := range subjects {
		of = append(of, g.Of(subject))
	}
	attachments := slices.Concat(of...)
	found := make([][]policy.Evidence, len(attachments))
	// One failure does not cut the others off: they may be read for another image as well.
	var group errgroup.Group
	group.SetLimit(maxChecks)
	for i, a := range attachments {
		group.Go(func() (err error) {
			found[i], err = v.evidence(ctx, at, g, a, rules)
			return err
		})
	}
	err := group.Wait()
	return slices.Concat(found...), err
}

// evidence reads and checks one attachment, or gives what was found out about it for another image that shares it.
func (v *Verifier) evidence(ctx context.Context, at reference.Reference, g *attachment.Graph, a attachment.Attachment,
	rules []policy.Rule,
) ([]policy.Evidence, error) {
	questions := policy.Questions(rules)
	read := func() ([]policy.Evidence, error) {
		records := recordsOf(a, v.Prefix)
		for _, r := range records {
			r.asked = v.wants(rules, r.Evidence)
		}
		if err := v.read(ctx, records); err != nil {
			return nil, err
		}
		all := make([]policy.Evidence, 0, len(records))
		for _, r := range records {
			all = append(all, v.examine(ctx, at, g.Nodes[a.Subject], r, questions))
		}
		return all, nil
	}
	if !v.Report {
		return read()
	}
	key := fmt.Sprintf("%q %q %q %q %#v", a.Home, a.Subject, a.Manifest.Digest, at.Image, questions)
	return v.examined.Get(key, read)
}

// wants reports whether somebody wants to know about a piece of evidence. A signature of notation can be checked only
// if a rule says how.
func (v *Verifier) wants(rules []policy.Rule, e policy.Evidence) bool {
	if v.Everything && e.Format != policy.FormatNotation {
		return true
	}
	return slices.ContainsFunc(rules, func(r policy.Rule) bool {
		return r.Wants(e) || (v.Report && e.Format != policy.FormatNotation && len(r.Lists()) > 0)
	})
}
