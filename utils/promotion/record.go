package promotion

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/merge"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// settleTries bounds how often a record is written again because somebody else wrote it in between.
const settleTries = 8

// settling brings the record behind one suffix tag to the state that the plan wants, whatever others write meanwhile:
// it reads the target's record, decides as the plan did, writes, and reads again, until there is nothing left to write.
// So the read back after a write and the last look before the next one are the same request.
type settling struct {
	*Promoter
	plan *plan.Plan
	step plan.Step
	tag  string
	kind attachment.Kind
	// doubt reports that a copy was answered so that some of its files may lack.
	doubt bool
	// left is the record as it was last read.
	left manifest.Manifest
	// copied reports that the whole folder was copied, which nests if somebody else made the target in that moment.
	copied bool
	// unclear reports that the server did not simply say that it was: the copy may come yet, or come twice.
	unclear bool
	// warning names what a copy left and this run may not remove.
	warning string
}

func (e *Promoter) settling(p *plan.Plan, step plan.Step) *settling {
	return &settling{
		Promoter: e, plan: p, step: step, tag: path.Base(step.Path),
		kind: attachment.KindOfRecord(path.Base(step.Path), step.Manifest),
	}
}

// bring copies a record that the target was seen without, if nothing was tried since: that is what fresh tells. What
// such a record lists comes first.
func (s *settling) bring(ctx context.Context, fresh bool) error {
	if err := s.pushChildren(ctx, s.plan, s.step, s.step.Manifest, s.Link); err != nil {
		return remote.Explain(failure.Target, err, "writing what "+s.step.Path+" lists", remote.NeedsDeploy(s.step.Path, false))
	}
	if s.step.Action == plan.CopyAttachment && fresh && s.step.Config == nil {
		return s.copyFolder(ctx)
	}
	return nil
}

// settle reads the record, and writes it as long as it is not as it should be.
func (s *settling) settle(ctx context.Context) error {
	for try := range settleTries {
		// What was written is read back, though the run be about to end.
		theirs, exists, err := s.read(context.WithoutCancel(ctx))
		if err != nil {
			return remote.Explain(failure.Target, err, s.step.Path, "Read on "+s.step.Target.String())
		}
		if err := s.unnest(ctx, theirs); err != nil {
			return err
		}
		_, action, ok := plan.Decide(s.plan.OnConflict, s.kind, s.step.Manifest, theirs, exists)
		if !ok {
			return s.conflict(theirs)
		}
		if action == "" {
			s.left = theirs
			return s.complete(ctx, theirs)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.act(ctx, action, theirs, try); err != nil {
			return remote.Explain(failure.Target, err, fmt.Sprintf("writing %s", s.step.Path),
				remote.NeedsDeploy(s.step.Path, theirs.Digest != ""))
		}
	}
	return s.unsettled()
}

func (s *settling) read(ctx context.Context) (theirs manifest.Manifest, exists bool, err error) {
	if s.step.Before == "" {
		theirs, err = s.Registry.Manifest(ctx, s.step.Target, s.tag)
	} else {
		theirs, err = s.ShownManifest(ctx, failure.Target, s.step.Target, s.tag)
	}
	exists = err == nil
	if errors.Is(err, failure.ErrNotFound) {
		theirs, err = manifest.Manifest{}, nil
	}
	if err == nil && s.plan.Binding && !s.step.Expects(theirs.Digest) {
		err = plan.NotAgreed(s.step, theirs.Digest)
	}
	return theirs, exists, err
}

// act makes one change. An absent record after a copy is a server that lags: it is given time, then its files are
// completed.
func (s *settling) act(ctx context.Context, action plan.Action, theirs manifest.Manifest, try int) error {
	switch {
	case action == plan.CopyAttachment && s.copied && try < settleTries/2:
		return s.Sleep(ctx, remote.FirstWait<<try)
	case action == plan.CopyAttachment && s.copied:
		return s.completeHidden(ctx)
	case action == plan.MergeAttachment:
		return s.unlessChanged(ctx, theirs.Digest, s.merge(ctx, theirs))
	default:
		return s.overwrite(ctx, theirs.Digest)
	}
}

// completeHidden writes what a copy left out that does not show. A folder that does not show even then is hidden, from
// one who may write there but not read: what it held before is not known, so it is not written over.
func (s *settling) completeHidden(ctx context.Context) error {
	if _, err := s.Catalog.Folders(ctx, s.step.Path); err != nil {
		return remote.Explain(failure.Target, err, s.step.Path+" after it was copied", "Read on "+s.step.Target.String())
	}
	return s.overwrite(ctx, "")
}

// unlessChanged forgets an error if the record was written meanwhile: what it was about, such as the blobs of the
// former record, is gone with that, and the next try starts from what is there now.
func (s *settling) unlessChanged(ctx context.Context, before digest.Digest, err error) error {
	if err == nil {
		return nil
	}
	if now, lookErr := s.DigestOf(ctx, s.step.Target, s.tag); lookErr == nil && now != before {
		return nil
	}
	return err
}

// copyFolder copies the folder of a record that the target does not have, in one request. After a failure the target
// might not be absent any more, and a folder copied onto a folder nests: then it goes through the registry.
func (s *settling) copyFolder(ctx context.Context) error {
	s.copied = true
	folder := func(ctx context.Context) error {
		err := s.Mover.Copy(ctx, s.step.From, s.step.Path)
		s.unclear, s.doubt = err != nil, s.doubt || err != nil
		return err
	}
	files := func(ctx context.Context) error { return s.overwrite(ctx, "") }
	err := s.Write(ctx, folder, files, s.Holds(s.step.Target, s.tag, s.step.Digest))
	return remote.Explain(failure.Target, err, fmt.Sprintf("copying %s to %s", s.step.From, s.step.Path),
		remote.NeedsDeploy(s.step.Path, false))
}

// complete makes sure, after an answer that left doubt, that what was copied came with all its files: the manifest can
// be there without them, and an image without the payload of its signature is not signed (contract copy-error-status).
func (s *settling) complete(ctx context.Context, theirs manifest.Manifest) error {
	if !s.doubt || theirs.Digest != s.step.Digest {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	p := &placing{Promoter: s.Promoter, plan: &plan.Plan{Request: s.plan.Request, Graph: s.plan.Graph}, doubt: true}
	p.plan.Target.Image = s.step.Target
	n := needOf(s.tag, s.step.Manifest, s.step.Home)
	n.attached = true
	held, err := s.EachFolder(ctx, s.step.Target, []string{s.tag})
	if err != nil {
		return err
	}
	return p.whole(ctx, []need{n}, sight{contents: held})
}

// overwrite writes the source's record, byte by byte, over one that it was decided to replace. It goes through the
// registry, which refuses a manifest whose blobs somebody else's write has taken away in the same moment.
func (s *settling) overwrite(ctx context.Context, before digest.Digest) error {
	m, blobs, more := s.step.Manifest, s.step.Manifest.BlobDescriptors(), func() error { return nil }
	if s.step.Config != nil {
		blobs = m.LayerDescriptors()
		more = func() error {
			return s.Pusher.PushBlob(context.WithoutCancel(ctx), s.step.Target, *m.Content.Config, s.step.Config)
		}
	}
	return s.unlessChanged(ctx, before, s.place(ctx, before, m, blobs, more))
}

// union joins both records. Of attestations the newer ones come first.
func (s *settling) union(theirs manifest.Manifest, config []byte) (merge.Record, error) {
	if s.kind == attachment.KindAttestation {
		return merge.Attestations(theirs, s.step.Manifest, config)
	}
	return merge.Records(theirs, s.step.Manifest, config)
}

// merge writes the union of both records: blobs first, then, directly after a last look at the tag, the manifest.
func (s *settling) merge(ctx context.Context, theirs manifest.Manifest) error {
	config, err := s.config(ctx, theirs)
	if err != nil {
		return err
	}
	record, err := s.union(theirs, config)
	if err != nil {
		return err
	}
	pushConfig := func() error {
		return s.Pusher.PushBlob(context.WithoutCancel(ctx), s.step.Target, *record.Manifest.Content.Config, record.Config)
	}
	return s.place(ctx, theirs.Digest, record.Manifest, s.step.Manifest.LayerDescriptors(), pushConfig)
}

// place brings the source's blobs, then whatever else the record needs, and then writes it. A registry that does not
// see what was linked beside it gets the blobs uploaded.
func (s *settling) place(ctx context.Context, before digest.Digest, m manifest.Manifest, blobs []ocispec.Descriptor,
	more func() error,
) (err error) {
	for _, way := range []remote.Transfer{s.Link, s.Upload} {
		if err = s.TransferAll(ctx, s.step.Home, s.step.Target, s.tag, blobs, way); err != nil {
			return err
		}
		if err = more(); err != nil {
			return err
		}
		if err = s.put(ctx, before, m); err == nil || !remote.BlobUnknown(err) {
			return err
		}
	}
	return err
}

// put writes the record unless it has changed since it was read; then the next try starts from what is there now. An
// unclear outcome is looked at by the next try, too.
func (s *settling) put(ctx context.Context, before digest.Digest, m manifest.Manifest) error {
	now, err := s.DigestOf(ctx, s.step.Target, s.tag)
	if err != nil || now != before {
		return err
	}
	_, err = s.Pusher.PutManifest(context.WithoutCancel(ctx), s.step.Target, s.tag, m)
	if err != nil && !remote.Refused(err) {
		return nil
	}
	return err
}

func (s *settling) config(ctx context.Context, theirs manifest.Manifest) ([]byte, error) {
	return s.configIn(ctx, s.step.Target, theirs)
}

func (s *settling) configIn(ctx context.Context, home reference.Image, theirs manifest.Manifest) ([]byte, error) {
	if theirs.Content.Config == nil {
		return []byte("{}"), nil
	}
	body, err := s.Blobs.Blob(ctx, home, *theirs.Content.Config)
	if err != nil {
		return nil, err
	}
	defer func() { _ = body.Close() }()
	content, err := io.ReadAll(io.LimitReader(body, manifest.MaxSize+1))
	if err == nil && len(content) > manifest.MaxSize {
		err = fmt.Errorf("the config of %s is larger than %d bytes", s.step.Path, manifest.MaxSize)
	}
	return content, err
}

func (s *settling) conflict(theirs manifest.Manifest) error {
	return &failure.Failure{
		Side:    failure.Target,
		Message: fmt.Sprintf("%s was written meanwhile and holds %s, which cannot be merged", s.step.Path, theirs.Digest),
		Hint:    "The image's tag was not touched. Look at both sides with 'jf signed-promote status', then run the command again.",
	}
}

func (s *settling) unsettled() error {
	return &failure.Failure{
		Side:    failure.Target,
		Message: fmt.Sprintf("%s does not show what was written, or somebody else keeps writing it", s.step.Path),
		Hint:    "The image's tag was not touched. Run the same command again; what is done already is not done twice.",
	}
}
