package promotion

import (
	"context"
	"path"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// tagsOfReferrers finds the tags of their own that the referrers of a graph have: tools push an SBOM with a subject
// under a tag that people can read, such as "1.0-sbom". Where an image has referrers and other tags, one look tells
// what each of its folders holds.
func (e *Promoter) tagsOfReferrers(ctx context.Context, s *survey) error {
	referrers := map[digest.Digest]bool{}
	for _, a := range s.graph.Stored(attachment.Referrer, attachment.Fallback) {
		if a.Home == s.graph.Image {
			referrers[a.Manifest.Digest] = true
		}
	}
	names := slices.DeleteFunc(s.pair.First.ImageTags(), func(name string) bool { return name == s.tag })
	if len(referrers) == 0 || len(names) == 0 {
		return nil
	}
	held, err := s.pair.held.Get(struct{}{}, func() (map[string]digest.Digest, error) {
		return e.heldBy(ctx, s.graph.Image, s.pair.First.ImageTags())
	})
	if err != nil {
		return remote.Explain(failure.Source, err, "reading what "+s.graph.Image.String()+" holds",
			"Read on "+s.graph.Image.String())
	}
	s.graph.Tags = map[string]digest.Digest{}
	for _, name := range names {
		if d := held[name]; referrers[d] && !attachment.IsImage(name, s.graph.Nodes[d]) {
			s.graph.Tags[name] = d
		}
	}
	return nil
}

// heldBy reports what folders of an image hold. What the user may not read is not known, and is somebody else's.
func (e *Promoter) heldBy(ctx context.Context, image reference.Image, names []string) (map[string]digest.Digest, error) {
	state, complete, err := e.Catalog.Manifests(ctx, image.String())
	if err == nil && complete || err != nil && !remote.Refused(err) {
		return state, err
	}
	state = map[string]digest.Digest{}
	var mu sync.Mutex
	calls := make([]func() error, 0, len(names))
	for _, name := range names {
		calls = append(calls, func() error {
			d, err := e.SureDigestOf(ctx, failure.Source, image, name)
			if err != nil {
				if remote.Refused(err) {
					return nil
				}
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			state[name] = d
			return nil
		})
	}
	return state, parallel.All(calls...)
}

// tagsAtTarget reads what the target has under the tags of the source's referrers, as far as its folder shows them.
func (e *Promoter) tagsAtTarget(ctx context.Context, s *survey) error {
	s.target.Tags = map[string]digest.Digest{}
	var mu sync.Mutex
	var calls []func() error
	for tag := range s.graph.Tags {
		folder := s.pair.Target.Folder(tag)
		s.target.Tags[folder] = ""
		if !s.pair.To.Has(tag) {
			continue
		}
		calls = append(calls, func() error {
			d, err := e.SureDigestOf(ctx, failure.Target, s.pair.Target, tag)
			mu.Lock()
			defer mu.Unlock()
			s.target.Tags[folder] = d
			return err
		})
	}
	return parallel.All(calls...)
}

// tag returns a referrer that is at the target its own tag there, directly after a look at the tag. One that somebody
// else set meanwhile is left.
func (a *attaching) tag(ctx context.Context, step plan.Step) (warning string, err error) {
	tag := path.Base(step.Path)
	set := func(ctx context.Context) error {
		switch now, err := a.DigestOf(ctx, step.Target, tag); {
		case err != nil, now == step.Digest:
			return err
		case now != "":
			warning = step.Target.Tagged(tag) + " was set by somebody else meanwhile and is left: what is attached arrives without this tag"
			return nil
		}
		_, err := a.Push(ctx, step.Home, step.Target, tag, step.Manifest, a.linkOnce)
		return err
	}
	err = a.Write(ctx, set, set, a.Holds(step.Target, tag, step.Digest))
	return warning, remote.Explain(failure.Target, err, "writing "+step.Path, remote.NeedsDeploy(step.Path, false))
}
