package promotion

import (
	"cmp"
	"context"
	"slices"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/policy"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// Verifier reports whether an image satisfies a policy. at is the place that the policy speaks of, always the target;
// the graph says where its attachments are read. The error is one of reading and says nothing about the image.
type Verifier interface {
	Verify(ctx context.Context, at reference.Reference, g *attachment.Graph) (*policy.Verdict, error)
}

// Verified is what a policy says of an image on both sides; nil where it was not asked.
type Verified struct{ Source, Target *policy.Verdict }

// verifySource refuses an image that does not satisfy the policy of its target.
func (e *Promoter) verifySource(ctx context.Context, g *attachment.Graph, result *Result) (err error) {
	if e.Verifier == nil {
		return nil
	}
	r := result.Request
	result.Verified.Source, err = e.Verifier.Verify(ctx, r.Target, g)
	if err != nil {
		return remote.Explain(failure.Source, err, "verifying "+r.Source.String(), "Read on "+r.Source.Image.String())
	}
	if result.Verified.Source.Satisfied() {
		return nil
	}
	return failure.Refuse(failure.Source, "Nothing was changed. See who signed it with 'jf signed-promote verify', the same policy options and --target-repo "+r.Target.Repo+".",
		"%s does not satisfy the policy for %s: %s", r.Source, r.Target.Image, result.Verified.Source.Lacks())
}

// verifyTarget is the last look before the target tag appears: everything that is attached is at the target by now, and
// is read anew through it. Only the image itself is not there yet; its manifests are known, and their digests say that
// they are the same.
func (e *Promoter) verifyTarget(ctx context.Context, result *Result) error {
	p := result.Plan
	if e.Verifier == nil {
		return nil
	}
	g, err := e.targetGraph(ctx, result)
	if err == nil {
		result.Verified.Target, err = e.Verifier.Verify(ctx, p.Target, g)
	}
	if err != nil {
		return remote.Explain(failure.Target, err, "verifying what is attached in "+p.Target.Image.String(),
			"Read on "+p.Target.Image.String())
	}
	if result.Verified.Target.Satisfied() {
		return nil
	}
	return &failure.Failure{
		Side:    failure.Target,
		Message: p.Target.Tagged(p.Target.Tag) + " does not satisfy the policy as it stands: " + result.Verified.Target.Lacks(),
		Hint: "The tag was not touched; what was attached stays. The source satisfies the policy, so look at what the target keeps of its own " +
			"(--on-conflict) and at what other places keep (--attachment-repo).",
	}
}

// verified is verifyTarget for the images of a build, which the server gives their tags all at once.
func (p *buildPromotion) verified(ctx context.Context, r *Result) error {
	if r.SourceGone || r.Plan.Empty() {
		return nil
	}
	return p.verifyTarget(ctx, r)
}

// targetGraph reads at the target what is attached to the image of a plan.
func (e *Promoter) targetGraph(ctx context.Context, result *Result) (*attachment.Graph, error) {
	p := result.Plan
	listing, err := e.inspect().Folder(ctx, failure.Target, p.Target.Image)
	if err != nil {
		return nil, err
	}
	return e.graphAtTarget(ctx, p, listing)
}

// graphAtTarget is targetGraph with the folder of the target's image as it was read.
func (e *Promoter) graphAtTarget(ctx context.Context, p *plan.Plan,
	listing attachment.Listing,
) (*attachment.Graph, error) {
	places, err := e.inspect().Places(ctx, failure.Target, targetPlaces(p.Request))
	if err != nil {
		return nil, err
	}
	image := map[digest.Digest]manifest.Manifest{}
	for _, d := range p.Graph.ImageDigests() {
		if m, there := p.Graph.Nodes[d]; there {
			image[d] = m
		}
	}
	return attachment.Discover(ctx, expecting{
		Reader: e.Insist(failure.Target, p.Target.Image, listing, places...),
		image:  image,
	}, p.Target.Image, image[p.Graph.Root], listing, places...)
}

// targetPlaces returns the further images in which attachments are kept afterwards: where they go to, or where they
// stay.
func targetPlaces(r plan.Request) []reference.Image {
	var places []reference.Image
	for _, m := range r.Places {
		place := cmp.Or(m.To, m.From)
		if place != r.Target.Image && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places
}

// expecting knows the manifests of an image that is still to come, and reads all else.
type expecting struct {
	attachment.Reader
	image map[digest.Digest]manifest.Manifest
}

// Manifest returns a manifest of the image by its digest alone; a tag is always read.
func (x expecting) Manifest(ctx context.Context, image reference.Image, ref string) (manifest.Manifest, error) {
	if m, known := x.image[digest.Digest(ref)]; known {
		return m, nil
	}
	return x.Reader.Manifest(ctx, image, ref)
}
