package promotion

import (
	"context"
	"fmt"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// List makes an image list a manifest that it holds as attached to the subject that this names: by a push of the same
// bytes where the registry has the referrers API, else by an entry in the fallback tag. Both are looked at directly
// before: what is listed already is not written again, and what cannot be looked at is not written at all.
func (e *Promoter) List(ctx context.Context, image reference.Image, subject, d digest.Digest) error {
	m, err := e.Registry.Manifest(ctx, image, d.String())
	if err != nil {
		return remote.Explain(failure.Target, err, "listing "+image.Folder(d.String()), "Read on "+image.String())
	}
	if m.Content.Subject == nil || m.Content.Subject.Digest != subject {
		return &failure.Failure{Side: failure.Target, Message: fmt.Sprintf("%s does not name %s as its subject",
			image.Folder(d.String()), subject)}
	}
	entries, supported, err := e.At(failure.Target).Referrers(ctx, image, subject)
	switch {
	case err != nil:
		return err
	case !supported:
		return e.listByTag(ctx, image, subject, m)
	case lists(entries, []digest.Digest{d}):
		return nil
	}
	if _, err := e.Pusher.PutManifest(context.WithoutCancel(ctx), image, d.String(), m); err != nil && remote.Refused(err) {
		return remote.Explain(failure.Target, err, "listing "+image.Folder(d.String()), remote.NeedsDeploy(image.String(), true))
	}
	_, err = e.listed(ctx, image, subject, []digest.Digest{d})
	return err
}

// listByTag adds a manifest to the fallback tag of its subject.
func (e *Promoter) listByTag(ctx context.Context, image reference.Image, subject digest.Digest,
	m manifest.Manifest,
) error {
	tag := reference.FallbackTag(subject)
	graph := &attachment.Graph{Image: image, Root: subject, Attachments: []attachment.Attachment{
		{Subject: subject, Manifest: m, Kind: attachment.KindOf(m), Storage: attachment.Fallback, Tag: tag, Home: image},
	}}
	step := plan.Step{Action: plan.UpdateFallback, Path: image.Folder(tag), Subject: subject, Home: image, Target: image}
	f := &fallbackTag{Promoter: e, plan: &plan.Plan{Graph: graph}, step: step}
	if err := f.bring(ctx); err != nil {
		return err
	}
	return f.settle(ctx)
}
