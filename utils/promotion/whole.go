package promotion

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// sight is what the folders of the target image were seen to hold after the image came.
type sight struct {
	// contents holds the files, as far as they were asked for; nil if they were not.
	contents manifest.Contents
	// gone are the folders that were asked for by themselves and are not there.
	gone []need
}

// mustProve reports that the files have to be held against the manifests: an answer left doubt, something was there
// before and is counted as done, or something is going to be deleted that only the target has then.
func (p *placing) mustProve() bool {
	if p.doubt || len(p.plan.Of(plan.RemoveStaging)) > 0 || p.plan.Move {
		return true
	}
	for _, action := range []plan.Action{plan.Promote, plan.SetTag} {
		if step, ok := p.plan.The(action); ok && step.Before != "" {
			return true
		}
	}
	return false
}

// lookAround looks at the folders of the target image: at their files by one file list where it has few, which proves
// more than is needed at no higher price; else at the files of each where they have to be proved, or whether what is
// attached is there.
func (p *placing) lookAround(ctx context.Context, needs []need) (seen sight, err error) {
	image := p.plan.Target.Image
	if p.few(needs) || p.mustProve() {
		seen.contents, err = p.Contents(ctx, image, namesOf(needs), p.run.TargetState.Folders)
		return seen, remote.Explain(failure.Target, err, "reading what "+image.String()+" holds", "Read on "+image.String())
	}
	attached := slices.DeleteFunc(slices.Clone(needs), func(n need) bool { return !n.attached })
	seen.gone, err = p.gone(ctx, attached, nil)
	return seen, err
}

func (p *placing) few(needs []need) bool {
	return p.run.TargetState.Folders+len(needs) <= remote.FewFolders
}

func namesOf(needs []need) []string {
	names := make([]string, 0, len(needs))
	for _, n := range needs {
		names = append(names, n.name)
	}
	return names
}

// whole makes sure that the folders hold every blob that their manifests name, as far as their files were seen. HEAD of
// a blob is no proof: a registry may answer it from other images (contract blobs-head-own-image). What lacks is linked,
// and read again.
func (p *placing) whole(ctx context.Context, needs []need, seen sight) error {
	if seen.contents == nil {
		return nil
	}
	torn := p.torn(needs, seen.contents)
	if len(torn) == 0 {
		return nil
	}
	for _, n := range torn {
		if err := p.fill(ctx, n); err != nil {
			return p.incomplete(n, err)
		}
	}
	again, err := p.EachFolder(ctx, p.plan.Target.Image, namesOf(torn))
	if err != nil {
		return remote.Explain(failure.Target, err, "reading what "+p.plan.Target.Image.String()+" holds",
			"Read on "+p.plan.Target.Image.String())
	}
	for _, n := range torn {
		if lacking := again.Lacks(n.name, n.blobs); len(lacking) > 0 {
			return p.incomplete(n, fmt.Errorf("the folder does not show %s", listOf(lacking)))
		}
	}
	return nil
}

// torn returns the folders that lack blobs, with those. A manifest counts as whole in any folder that holds it with all
// its blobs; one that no folder shows lacks all if proof is needed.
func (p *placing) torn(needs []need, contents manifest.Contents) []need {
	var torn []need
	for _, n := range needs {
		d, shown := contents.Shown(n.name)
		if n.attached && d != "" && d != n.manifest.Digest {
			// Somebody's record that includes the source's entries has another config.
			n.blobs = both(n.blobs, n.manifest.LayerDescriptors())
		}
		lacking := contents.Lacks(n.name, n.blobs)
		switch {
		case len(lacking) == 0 && (shown || !p.mustProve() || n.fallback):
		case !shown && (!p.mustProve() || p.elsewhere(n, contents)):
		default:
			n.blobs = lacking
			torn = append(torn, n)
		}
	}
	return torn
}

// elsewhere reports whether another folder holds a manifest whole: a child can be a tag, too.
func (p *placing) elsewhere(n need, contents manifest.Contents) bool {
	if _, byDigest := reference.ParseDigestFolder(n.name); !byDigest {
		return false
	}
	for folder := range contents {
		if d, _ := contents.Shown(folder); d == n.manifest.Digest && len(contents.Lacks(folder, n.blobs)) == 0 {
			return true
		}
	}
	return false
}

// fill links what a folder lacks. Layers of an image never pass through here; what is attached may. A manifest of which
// no folder is seen is written once more, byte by byte.
func (p *placing) fill(ctx context.Context, n need) error {
	image := p.plan.Target.Image
	for _, d := range n.blobs {
		link := func() error { return p.linkBlob(ctx, n.manifest.Digest, image.Folder(n.name), d) }
		if n.attached {
			link = func() error { return p.linkAttached(ctx, n, d) }
		}
		if err := link(); err != nil {
			return err
		}
	}
	if n.name == p.plan.Target.Tag {
		return nil
	}
	if d, err := p.DigestOf(ctx, image, n.name); err != nil || d != "" {
		return err
	}
	_, err := p.Pusher.PutManifest(context.WithoutCancel(ctx), image, n.name, n.manifest)
	return err
}

// linkAttached brings a blob of an attachment into its folder: by its checksum, or as a copy of the file, else through
// here, after which the manifest is written once more so that the registry puts the blob beside it.
func (p *placing) linkAttached(ctx context.Context, n need, d ocispec.Descriptor) error {
	to := p.plan.Target.Folder(n.name) + "/" + manifest.BlobFile(d.Digest)
	if linked, _ := p.Linker.DeployByChecksum(ctx, to, d.Digest.Encoded()); linked {
		return nil
	}
	if err := p.Mover.Copy(ctx, n.home.Folder(n.name)+"/"+manifest.BlobFile(d.Digest), to); err == nil {
		return nil
	}
	if err := p.Upload(ctx, n.home, p.plan.Target.Image, n.name, d); err != nil {
		return err
	}
	_, err := p.Pusher.PutManifest(context.WithoutCancel(ctx), p.plan.Target.Image, n.name, n.manifest)
	return err
}

// incomplete is the error for a folder that could not be completed.
func (p *placing) incomplete(n need, err error) error {
	return &failure.Failure{
		Side:    failure.Target,
		Message: fmt.Sprintf("%s lacks files that its manifest names: %s", p.plan.Target.Folder(n.name), listOf(n.blobs)),
		Hint:    "The server has left them out and does not link them. Nothing was deleted at the source. Run the same command again; if that does not help, push the image again and promote that.",
		Err:     err,
	}
}

func listOf(blobs []ocispec.Descriptor) string {
	if len(blobs) == 0 {
		return "the manifest itself"
	}
	names := make([]string, 0, len(blobs))
	for _, d := range blobs {
		names = append(names, d.Digest.String())
	}
	return strings.Join(names, ", ")
}

// proved makes sure that the target has everything, directly before something is deleted that nothing but the target
// has then; after a look that was taken in this run, when the image came, there is no need for another.
func (p *placing) proved(ctx context.Context) error {
	if p.looked {
		return nil
	}
	needs := slices.Concat(p.image(), p.attachments())
	seen, err := p.lookAround(ctx, needs)
	if err == nil {
		err = p.whole(ctx, needs, seen)
	}
	p.looked = err == nil
	return err
}

// linkTorn carries out the steps that complete what the target has already.
func (e *Promoter) linkTorn(ctx context.Context, run *plan.Execution) error {
	p := &placing{Promoter: e, plan: run.Plan, run: run}
	for _, step := range run.Plan.Of(plan.LinkBlobs) {
		if err := p.run.Ended(step, p.linkStep(ctx, step)); err != nil {
			return err
		}
	}
	return nil
}

func (p *placing) linkStep(ctx context.Context, step plan.Step) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	name := step.Path[strings.LastIndexByte(step.Path, '/')+1:]
	n := need{name: name, manifest: step.Manifest, blobs: step.Blobs, home: step.Home, attached: !p.ofImage(step.Digest)}
	there := *p.plan
	there.Target.Image = step.Target
	at := &placing{Promoter: p.Promoter, plan: &there, run: p.run}
	if err := at.fill(ctx, n); err != nil {
		return at.incomplete(n, err)
	}
	files, err := p.EachFolder(ctx, step.Target, []string{name})
	if err != nil {
		return remote.Explain(failure.Target, err, step.Path, "Read on "+step.Path)
	}
	if lacking := files.Lacks(name, step.Blobs); len(lacking) > 0 {
		return at.incomplete(n, errors.New("the folder does not show them"))
	}
	return nil
}

// ofImage reports whether a manifest is the image's own, or that of a child.
func (p *placing) ofImage(d digest.Digest) bool {
	return slices.Contains(p.plan.Graph.ImageDigests(), d)
}
