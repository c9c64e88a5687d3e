package promotion

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/parallel"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/remote"
)

// former asks, when a tag is to be replaced, what is lost with it: an attachment that it holds, or a child of an index.
// What has a folder of its digest stays there, but an attachment can be found by its tag alone.
func (s *reading) former(ctx context.Context, r plan.Request) {
	if s.target.Tagged == "" || s.target.Tagged == s.graph.Root {
		return
	}
	s.calls = append(s.calls, func() error { return s.formerRecord(ctx, r) }, func() (err error) {
		s.target.FormerNeededBy, err = s.needing(ctx, s.pair, r.Target.Tag, s.target.Tagged)
		return err
	})
}

// formerRecord reads it.
func (s *reading) formerRecord(ctx context.Context, r plan.Request) error {
	m, err := s.ShownManifest(ctx, failure.Target, r.Target.Image, r.Target.Tag)
	if errors.Is(err, failure.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.target.Former = m
	isImage, err := s.inspect().CountsAsImage(ctx, failure.Target, r.Target, m)
	if err != nil {
		return err
	}
	if !isImage {
		_, looksAttached := attachment.Named(r.Target.Tag)
		s.target.TaggedRecord = looksAttached || !s.heldElsewhere(ctx, r)
	}
	return nil
}

// heldElsewhere reports whether what the target tag shows is in another folder of the image, too. A list that cannot be
// read shows nothing.
func (s *reading) heldElsewhere(ctx context.Context, r plan.Request) bool {
	contents, err := s.Catalog.FileList(ctx, r.Target.Image.String())
	if err != nil {
		return false
	}
	for folder := range contents {
		if d, _ := contents.Shown(folder); d == s.target.Tagged && !s.pair.transient(folder, r.Target.Tag) {
			return true
		}
	}
	return false
}

// transient reports whether a folder of the target holds what it holds for this run only: the tag that is replaced, its
// staging tag, and the other tags that the run is about to set.
func (p *Pair) transient(name, tag string) bool {
	return name == tag || name == reference.StagingTag(tag) || p.aims[name]
}

// needing names the folders of the target image whose index lists what a tag holds, sorted; none if another folder
// holds it as well. One file list tells which folders hold an index. What that does not show is read: it shows what the
// user may read (contract rights-listing), and only a read is refused. The folder of its own digest holds it only if
// the list shows that: blobs lie there without a manifest after a run that was cut off, and the registry answers for
// the digest from the folder of the tag.
func (e *Promoter) needing(ctx context.Context, p *Pair, tag string, d digest.Digest) ([]string, error) {
	others := slices.DeleteFunc(p.To.Manifests(), func(name string) bool {
		return name == tag ||
			name == reference.StagingTag(tag)
	})
	if len(others) == 0 {
		return nil, nil
	}
	contents, err := e.Catalog.FileList(ctx, p.Target.String())
	if err != nil && !remote.Refused(err) && !errors.Is(err, failure.ErrNotFound) {
		return nil, err
	}
	var maybe []string
	for _, name := range others {
		shown, there := contents.Shown(name)
		if there && shown == d && !p.transient(name, tag) {
			return nil, nil
		}
		if name == reference.DigestFolder(d) {
			continue
		}
		if _, isIndex := contents[name][manifest.ListFile]; isIndex || !there || shown == "" {
			maybe = append(maybe, name)
		}
	}
	return e.listedBy(ctx, p, tag, contents, maybe, d)
}

// listedBy names those of the folders whose index lists a digest; none if one of them holds it.
func (e *Promoter) listedBy(ctx context.Context, p *Pair, tag string, contents manifest.Contents, names []string,
	d digest.Digest,
) ([]string, error) {
	var mu sync.Mutex
	var needing []string
	held := false
	calls := make([]func() error, 0, len(names))
	for _, name := range names {
		calls = append(calls, func() error {
			shown, _ := contents.Shown(name)
			i, err := e.indexAt(ctx, p, name, shown)
			mu.Lock()
			defer mu.Unlock()
			held = held || i.digest == d && !p.transient(name, tag)
			if slices.Contains(i.children, d) {
				needing = append(needing, name)
			}
			return err
		})
	}
	if err := parallel.All(calls...); err != nil || held {
		return nil, err
	}
	slices.Sort(needing)
	return needing, nil
}

// index is what is remembered of an index of the target.
type index struct {
	digest   digest.Digest
	children []digest.Digest
}

// indexAt returns what a folder of the target lists. It was seen to hold d, if known; then it is read once for all tags
// of the pair. A folder without a manifest is another image's, and lists nothing.
func (e *Promoter) indexAt(ctx context.Context, p *Pair, name string, d digest.Digest) (index, error) {
	read := func() (index, error) {
		m, err := e.ShownManifest(ctx, failure.Target, p.Target, name)
		if errors.Is(err, failure.ErrNotFound) {
			return index{}, nil
		}
		return index{m.Digest, m.Children()}, err
	}
	if d == "" {
		return read()
	}
	i, err := p.indexes.Get(d, read)
	if err == nil && i.digest != d {
		return read()
	}
	return i, err
}
