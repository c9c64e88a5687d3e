package promotion

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// setTag sets the target tag by a PUT of the root manifest's bytes.
func (p *placing) setTag(ctx context.Context, step plan.Step) error {
	tag := p.plan.Target.Tag
	if !p.replaced.known {
		replaced, err := p.readFormer(ctx, step)
		if err != nil {
			return err
		}
		p.replaced = former{replaced, true}
	}
	if err := p.putTag(ctx, tag, step.Manifest, step.Before); err != nil {
		return remote.Explain(failure.Target, err, "setting "+p.plan.Target.Tagged(tag), remote.NeedsDeploy(step.Path, step.Before != ""))
	}
	return p.arrived(ctx, tag, step.Before)
}

// putTag writes a manifest under a tag of the target, which held before, and looks at the tag directly before each
// write.
func (p *placing) putTag(ctx context.Context, tag string, m manifest.Manifest, before digest.Digest) error {
	image := p.plan.Target.Image
	for try := range settleTries {
		now, err := p.DigestOf(ctx, image, tag)
		switch {
		case err != nil:
			return err
		case now == m.Digest:
			return nil
		case now != before:
			return p.moved(tag, before, plan.OrNothing(now))
		case ctx.Err() != nil:
			return ctx.Err()
		}
		if err := p.putOnce(ctx, tag, m, before, try); err != nil {
			return err
		}
	}
	return &failure.Failure{
		Side: failure.Target, Message: fmt.Sprintf("%s was written and does not show %s", image.Tagged(tag), m.Digest),
		Hint: "The server may need a moment. Run the same command again; what is done already is not done twice.",
	}
}

// putOnce writes the tag, or gives a server time that failed to. A tag that held an index keeps its file on some
// servers, and of two manifest files the list is served (contract layout-both-files): then it goes. The file of an
// image under an index is left, as a push leaves it: it is not served, and may be somebody's who pushes at this moment.
func (p *placing) putOnce(ctx context.Context, tag string, m manifest.Manifest, before digest.Digest, try int) error {
	image := p.plan.Target.Image
	_, err := p.Pusher.PutManifest(context.WithoutCancel(ctx), image, tag, m)
	switch {
	case err != nil && remote.Refused(err):
		return err
	case err != nil:
		return p.Sleep(ctx, max(remote.FirstWait<<try, failure.Patience(err)))
	case before == "" || m.IsIndex():
		return nil
	}
	return p.dropList(ctx, tag, m, before)
}

// dropList deletes the file of an index behind a tag that is to show m, if it shows m or what it showed before.
func (p *placing) dropList(ctx context.Context, tag string, m manifest.Manifest, before digest.Digest) error {
	if now, err := p.DigestOf(ctx, p.plan.Target.Image, tag); err != nil || (now != before && now != m.Digest) {
		return cmp.Or(err, p.moved(tag, before, plan.OrNothing(now)))
	}
	err := p.Mover.Delete(context.WithoutCancel(ctx), p.plan.Target.Folder(tag)+"/"+manifest.ListFile)
	if errors.Is(err, failure.ErrNotFound) {
		return nil
	}
	return err
}

// carryProperties returns the root manifest's file behind a tag of the target the properties that it has in a folder,
// apart from those that the registry sets itself.
func (p *placing) carryProperties(ctx context.Context, from, tag string) error {
	ctx = context.WithoutCancel(ctx)
	file := "/" + p.plan.Graph.Nodes[p.plan.Graph.Root].FileName()
	to := p.plan.Target.Folder(tag) + file
	all, err := p.Annotator.Properties(ctx, from+file)
	if err == nil && len(all) == 0 {
		// The registry gives every manifest some of its own (contract properties-of-push), and none at all is told by a
		// 404: once more.
		all, err = p.Annotator.Properties(ctx, from+file)
	}
	maps.DeleteFunc(all, func(key string, _ []string) bool { return ofRegistry(key) })
	if err != nil || len(all) == 0 {
		return remote.Explain(failure.Target, err, "reading the properties of "+from+file, "Read on "+from)
	}
	// Where no such file is, Artifactory would make a folder of that name.
	if err := p.targetUnchanged(ctx, tag, p.plan.Graph.Root); err != nil {
		return err
	}
	warning, err := p.Annotate(ctx, to, all)
	if warning != "" {
		p.run.Warnings = append(p.run.Warnings, "the properties of "+to+" could not be carried over: "+warning)
	}
	return err
}

// ofRegistry reports the properties that Artifactory sets when a manifest is pushed (contract properties-of-push).
func ofRegistry(key string) bool {
	return strings.HasPrefix(key, "docker.manifest") || key == "docker.repoName" || key == "sha256" || key == "artifactory.content-type"
}
