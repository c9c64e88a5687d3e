package attachment

import (
	"context"
	"slices"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Remainder tells of everything in an image that stays when one of its tags is deleted.
type Remainder struct {
	// By names, for what of the graph is needed, the folders that stay and need it, sorted.
	By map[digest.Digest][]string
	// Late names the folders with something that was attached to the graph since it was read: it is not at the target.
	Late []string
	// Unlisted names the digest folders of what was attached to the graph before it was read, by its subject, and is in
	// no list: it is not at the target either.
	Unlisted []string
	// Needed holds the digests that something which stays needs.
	Needed map[digest.Digest]bool
	// Held holds the digests that are behind a folder which stays. A digest that is needed and not held is in no other
	// folder than those of the graph: the tags that `docker manifest create` joins to an index may be the only place of
	// its children.
	Held map[digest.Digest]bool
}

// Needed reads everything in the image that stays when tag is deleted, and tells which digests it needs: every other
// tag, every manifest that no tag names and that is not part of the graph, their children and subjects, and what is
// attached to any of those. Of the graph, only what is not among them may be deleted. also names digests that are about
// to be tagged in the image.
func Needed(ctx context.Context, from Reader, g *Graph, listing Listing, tag string,
	also ...digest.Digest,
) (Remainder, error) {
	r := &reachability{
		reader: &reader{source: from}, graph: g, listing: listing, own: ownFolders(g, tag),
		digests: map[digest.Digest]bool{}, held: map[digest.Digest]bool{}, known: map[digest.Digest]manifest.Manifest{}, folders: map[string][]digest.Digest{},
	}
	if err := r.readRemaining(ctx, r.remaining()); err != nil {
		return Remainder{}, err
	}
	for _, d := range also {
		r.held[d] = true
		if err := r.add(ctx, d); err != nil {
			return Remainder{}, err
		}
	}
	r.closeOverAttachments()
	slices.Sort(r.late)
	return Remainder{
		Needed: r.digests, Held: r.held, By: r.reasons(), Late: r.late,
		Unlisted: slices.Sorted(slices.Values(r.unlisted)),
	}, nil
}

// remaining names the folders that stay and are no part of the graph, or no longer: one that holds something else by
// now is somebody's who wrote it meanwhile.
func (r *reachability) remaining() []string {
	var names []string
	for _, name := range r.listing.Names {
		d, isOwn := r.own[name]
		if (!isOwn || !r.listing.holds(name, d)) && readable(name) && name != uploads {
			names = append(names, name)
		}
	}
	return names
}

// ownFolders reports what the folders of the graph are known to hold.
func ownFolders(g *Graph, tag string) map[string]digest.Digest {
	own := map[string]digest.Digest{}
	for d := range g.Nodes {
		own[reference.DigestFolder(d)] = d
	}
	for _, a := range g.Attachments {
		if a.Storage == SuffixTag && a.Home == g.Image {
			own[a.Tag] = a.Manifest.Digest
		}
	}
	for _, f := range g.Fallbacks {
		if f.Home == g.Image {
			own[f.Tag()] = f.Manifest.Digest
		}
	}
	for name, d := range g.Tags {
		own[name] = d
	}
	if tag != "" {
		own[tag] = g.Root
	}
	return own
}

// readable leaves out Artifactory's own folders (.jfrog, .evidence, …), which hold no manifests and are no references.
func readable(name string) bool {
	_, isDigest := reference.ParseDigestFolder(name)
	return isDigest || reference.CheckTag(name) == nil
}

// reachability collects what stays in an image, and everything that this needs.
type reachability struct {
	*reader
	graph   *Graph
	listing Listing
	// own reports what the folders of the graph are known to hold.
	own           map[string]digest.Digest
	digests, held map[digest.Digest]bool
	// known holds what was read, and folders what each folder that stays needs by itself.
	known   map[digest.Digest]manifest.Manifest
	folders map[string][]digest.Digest
	// late and unlisted name folders, see Remainder.
	late, unlisted []string
}

// fetch reads a manifest of the image, unless what the folder holds was read before.
func (r *reachability) fetch(ctx context.Context, ref string) (m manifest.Manifest, found bool, err error) {
	if m, found = r.remembered(ref); found {
		return m, true, nil
	}
	return r.reader.fetch(ctx, r.graph.Image, ref)
}

// remembered returns what is known by its digest, which never changes.
func (r *reachability) remembered(ref string) (m manifest.Manifest, found bool) {
	d := r.listing.Digests[ref]
	if d == "" {
		d = digest.Digest(ref)
	}
	if m, found = r.graph.Nodes[d]; found && r.listing.Digests[ref] == d {
		return m, true
	}
	if memory, remembers := r.source.(*Memory); remembers {
		return memory.of(d)
	}
	return m, false
}

func (r *reachability) readRemaining(ctx context.Context, names []string) error {
	found := make([]*manifest.Manifest, len(names))
	group, gctx := errgroup.WithContext(ctx)
	for i, name := range names {
		group.Go(func() error {
			m, ok, err := r.fetch(gctx, name)
			if ok {
				found[i] = &m
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, m := range found {
		// No manifest: the folder of a nested image.
		if m == nil {
			continue
		}
		if err := r.addFolder(ctx, names[i], *m); err != nil {
			return err
		}
	}
	return nil
}

// addFolder takes what a folder that stays needs: its manifest with all that this needs, and, if it was attached to the
// graph since that was read, what it is attached to.
func (r *reachability) addFolder(ctx context.Context, name string, m manifest.Manifest) error {
	r.held[m.Digest] = true
	r.folders[name] = append(r.folders[name], m.Digest)
	if err := r.addManifest(ctx, m); err != nil {
		return err
	}
	if r.isUnlisted(name, m) {
		r.unlisted = append(r.unlisted, name)
	}
	subject, late := r.attachedLate(name, m)
	if !late {
		return nil
	}
	r.late = append(r.late, name)
	r.folders[name] = append(r.folders[name], subject)
	return r.add(ctx, subject)
}

func (r *reachability) addManifest(ctx context.Context, m manifest.Manifest) error {
	r.digests[m.Digest] = true
	r.known[m.Digest] = m
	for _, child := range m.Content.Manifests {
		if err := r.addChild(ctx, child); err != nil {
			return err
		}
	}
	if m.Content.Subject != nil {
		return r.add(ctx, m.Content.Subject.Digest)
	}
	return nil
}

// addChild takes a child of an index. One that is itself an index has children in turn; a plain manifest needs no read.
func (r *reachability) addChild(ctx context.Context, child ocispec.Descriptor) error {
	if _, known := r.graph.Nodes[child.Digest]; known || !isPlain(child.MediaType) {
		return r.add(ctx, child.Digest)
	}
	r.digests[child.Digest] = true
	return nil
}

// isPlain reports the types of manifests without children. A descriptor without a type, or with one of tomorrow, may be
// an index.
func isPlain(mediaType string) bool {
	return mediaType == ocispec.MediaTypeImageManifest || mediaType == manifest.DockerManifest || mediaType == manifest.OCIArtifact
}

// add takes a digest and, once, all that its manifest needs. One that is not there any more needs nothing.
func (r *reachability) add(ctx context.Context, d digest.Digest) error {
	if r.digests[d] {
		return nil
	}
	r.digests[d] = true
	m, known := r.graph.Nodes[d]
	if !known {
		var err error
		if m, known, err = r.fetch(ctx, d.String()); err != nil || !known {
			return err
		}
	}
	return r.addManifest(ctx, m)
}

// closeOverAttachments keeps what is attached to something needed, and what is attached to that, with all that it
// needs.
func (r *reachability) closeOverAttachments() {
	for known := -1; known < len(r.digests); {
		known = len(r.digests)
		for _, a := range r.graph.Attachments {
			r.keepWith(a.Subject, a.Manifest.Digest)
		}
		// A child can be attached to something that is no part of this image, by its subject, whether or not any list
		// shows that.
		for d, m := range r.graph.Nodes {
			if m.Content.Subject != nil {
				r.keepWith(m.Content.Subject.Digest, d)
			}
		}
	}
}

// keepWith keeps an attachment if its subject is needed.
func (r *reachability) keepWith(subject, d digest.Digest) {
	if r.digests[subject] {
		r.keep(d)
	}
}

// keep is add for what belongs to the graph: everything was read already.
func (r *reachability) keep(d digest.Digest) {
	if r.digests[d] {
		return
	}
	r.digests[d] = true
	m := r.graph.Nodes[d]
	for _, child := range m.Children() {
		r.keep(child)
	}
	if m.Content.Subject != nil {
		r.keep(m.Content.Subject.Digest)
	}
}
