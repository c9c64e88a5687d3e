package promotion

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// setTag sets the target tag by a PUT of the root manifest's bytes, and carries over what users set on the manifest at the source.
func (p *placing) setTag(ctx context.Context, step plan.Step) error {
	tag := p.plan.Target.Tag
	if err := p.putTag(ctx, tag, step.Manifest, step.Before); err != nil {
		return explain(failure.Target, err, "setting "+p.plan.Target.Tagged(tag), needsDeploy(step.Path, step.Before != ""))
	}
	if err := p.arrived(ctx, tag, step.Before); err != nil {
		return err
	}
	p.carryProperties(ctx, p.plan.Target.Folder(reference.StagingTag(tag)), step.Path)
	return nil
}

// putTag writes a manifest under a tag of the target, which held before, and looks at the tag directly before each write.
func (p *placing) putTag(ctx context.Context, tag string, m manifest.Manifest, before digest.Digest) error {
	image := p.plan.Target.Image
	for try := range settleTries {
		now, err := p.holding(ctx, image, tag)
		switch {
		case err != nil:
			return err
		case now == m.Digest:
			return nil
		case now != before:
			return p.moved(tag, before, orNothing(now))
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

// putOnce writes the tag, or gives a server time that failed to. After a success the manifest file of the other kind goes: a tag that
// held one keeps it on some servers, and of the two the list is served (facts: tags in local repositories).
func (p *placing) putOnce(ctx context.Context, tag string, m manifest.Manifest, before digest.Digest, try int) error {
	image := p.plan.Target.Image
	_, err := p.Pusher.PutManifest(context.WithoutCancel(ctx), image, tag, m)
	switch {
	case err != nil && refused(err):
		return err
	case err != nil:
		return p.Sleep(ctx, firstWait<<try)
	case before == "":
		return nil
	}
	if now, err := p.holding(ctx, image, tag); err != nil || (now != before && now != m.Digest) {
		return err
	}
	return p.dropOther(ctx, tag, m)
}

// dropOther deletes the manifest file of the kind that m is not.
func (p *placing) dropOther(ctx context.Context, tag string, m manifest.Manifest) error {
	other := manifest.ListFile
	if m.IsIndex() {
		other = manifest.File
	}
	err := p.Mover.Delete(context.WithoutCancel(ctx), p.plan.Target.Folder(tag)+"/"+other)
	if errors.Is(err, failure.ErrNotFound) {
		return nil
	}
	return err
}

// carryProperties gives the root manifest's file in one folder the properties that it has in another, apart from those that the
// registry sets itself. Nothing but searches and clean-ups depends on them, so that a failure is a warning.
func (p *placing) carryProperties(ctx context.Context, from, to string) {
	ctx = context.WithoutCancel(ctx)
	file := "/" + p.plan.Graph.Nodes[p.plan.Graph.Root].FileName()
	all, err := p.Annotator.Properties(ctx, from+file)
	maps.DeleteFunc(all, func(key string, _ []string) bool { return ofRegistry(key) })
	if err == nil && len(all) > 0 {
		err = p.Annotator.SetProperties(ctx, to+file, all)
	}
	if err != nil {
		p.result.Warnings = append(p.result.Warnings, fmt.Sprintf("the properties of %s could not be carried over, which needs Annotate on it: %v", to+file, err))
	}
}

// ofRegistry tells the properties that Artifactory sets when a manifest is pushed (facts: properties on manifest files).
func ofRegistry(key string) bool {
	return strings.HasPrefix(key, "docker.manifest") || key == "docker.repoName" || key == "sha256" || key == "artifactory.content-type"
}
