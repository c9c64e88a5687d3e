// Package promote is Artifactory's Docker promotion: it works on one tag of one image, or on a whole image, takes the
// children of an index along, overwrites, and leaves attachments where they are.
package promote

import (
	"path"
	"slices"
	"strings"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/image"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/knobs"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/layout"
	"github.com/signed-promote/signed-promote/tests/artifactory/internal/storage"
)

// Request is a promotion between two repositories that store images.
type Request struct {
	SourceRepo, SourceImage string
	// SourceTag is empty for the whole image.
	SourceTag               string
	TargetRepo, TargetImage string
	TargetTag               string
	Copy                    bool
	User                    access.User
	Knobs                   knobs.Knobs
}

// Step puts one file into the target, or deletes one file.
type Step struct {
	Repo, Path string
	Delete     bool
	// Source is a copy of the node that is put, as it was when the plan was made.
	Source storage.Node
	// Properties are set besides those that are carried.
	Properties map[string][]string
	// Indexed puts the manifest into the referrers index.
	Indexed bool
}

// String names the step as the knob PromoteOrder sees it.
func (s Step) String() string {
	if s.Delete {
		return "delete " + s.Path
	}
	return "put " + s.Path
}

// planner collects the steps.
type planner struct {
	Request
	tree  *storage.Tree
	steps []Step
	done  map[string]bool
	// folders of the source that were taken; a move deletes them.
	taken []*storage.Node
}

// Plan lists the steps of a promotion; none means that the source does not exist.
func Plan(t *storage.Tree, r Request) []Step {
	p := &planner{Request: r, tree: t, done: map[string]bool{}}
	source := t.Lookup(r.SourceRepo, r.SourceImage)
	if source == nil {
		return nil
	}
	if r.SourceTag == "" {
		for _, folder := range image.Folders(source) {
			p.folder(folder, folder.Name)
		}
	} else if folder := source.Child(r.SourceTag); image.ManifestIn(folder) != nil {
		p.folder(folder, r.TargetTag)
	}
	if !r.Copy {
		p.deleteSource()
	}
	return p.steps
}

// folder takes a tag or digest folder with its own files, and what its manifest needs. Folders inside are those of an
// image whose path leads through the tag (contract promote-leaves-images-below); what becomes of them is a knob.
func (p *planner) folder(folder *storage.Node, targetName string) {
	if p.done[folder.Name] {
		return
	}
	p.done[folder.Name] = true
	p.taken = append(p.taken, folder)
	p.overwrite(folder, targetName)
	for _, n := range p.filesOf(folder) {
		p.put(n, below(folder, n), targetName)
	}
	served := image.ManifestIn(folder)
	p.children(served)
	if p.Knobs.PromoteCarriesReferrers {
		p.referrers(served)
	}
}

// filesOf returns the files of a folder, and those of its subfolders if the promotion takes them along.
func (p *planner) filesOf(folder *storage.Node) []*storage.Node {
	if p.Knobs.PromoteTakesSubfolders {
		return slices.Collect(folder.Files())
	}
	return slices.DeleteFunc(folder.Children(), (*storage.Node).IsFolder)
}

// below is the path of a file within a folder.
func below(folder, n *storage.Node) string { return strings.TrimPrefix(n.Path(), folder.Path()+"/") }

// put copies one file to a path within its new folder; manifests get the docker properties of their new place.
func (p *planner) put(n *storage.Node, name, targetName string) {
	s := Step{Repo: p.TargetRepo, Path: path.Join(p.TargetImage, targetName, name), Source: *n}
	if layout.IsManifestFile(n.Name) {
		at, folder := path.Split(path.Dir(s.Path))
		s.Properties = image.Properties(path.Clean(at), folder, image.Type(n), n.Binary.SHA256)
	}
	p.steps = append(p.steps, s)
}

// children takes the manifests that an index lists, wherever in the image they are, into digest folders.
func (p *planner) children(manifest *storage.Node) {
	d, err := image.Read(manifest)
	if err != nil {
		return
	}
	for _, desc := range d.Manifests {
		digest := desc.Digest.String()
		child := image.Find(p.tree, p.SourceRepo, p.SourceImage, digest)
		if child == nil || p.done[digest] {
			continue
		}
		p.child(child, digest)
		if p.Knobs.PromoteArchTags && desc.Platform != nil && !layout.IsDigestFolder(child.Parent().Name) {
			p.tagChild(child, p.TargetTag+"-"+desc.Platform.OS+"-"+desc.Platform.Architecture)
		}
	}
}

func (p *planner) child(manifest *storage.Node, digest string) {
	if layout.IsDigestFolder(manifest.Parent().Name) {
		p.folder(manifest.Parent(), digest)
		return
	}
	p.done[digest] = true
	p.tagChild(manifest, digest)
	p.children(manifest)
}

// tagChild puts a manifest and its own blobs, but not the rest of its folder.
func (p *planner) tagChild(manifest *storage.Node, targetName string) {
	d, err := image.Read(manifest)
	if err != nil {
		return
	}
	p.put(manifest, manifest.Name, targetName)
	seen := map[string]bool{}
	for _, desc := range d.Content() {
		file := layout.BlobFile(desc.Digest.String())
		if n := manifest.Parent().Child(file); n != nil && !seen[file] {
			seen[file] = true
			p.put(n, n.Name, targetName)
		}
	}
}

// referrers takes the listed referrers of a manifest along, and enters them into the target's index.
func (p *planner) referrers(manifest *storage.Node) {
	source := p.tree.Lookup(p.SourceRepo, p.SourceImage)
	for _, desc := range image.Referrers(source, "sha256:"+manifest.Binary.SHA256, p.Knobs.Referrers) {
		n := image.Find(p.tree, p.SourceRepo, p.SourceImage, desc.Digest.String())
		if n == nil || p.done[desc.Digest.String()] {
			continue
		}
		first := len(p.steps)
		p.child(n, desc.Digest.String())
		for i := range p.steps[first:] {
			p.steps[first+i].Indexed = layout.IsManifestFile(path.Base(p.steps[first+i].Path))
		}
	}
}

// overwrite deletes what a target tag holds and the source folder does not.
func (p *planner) overwrite(folder *storage.Node, targetName string) {
	target := p.tree.Lookup(p.TargetRepo, path.Join(p.TargetImage, targetName))
	if target == nil {
		return
	}
	for _, old := range target.Children() {
		if old.IsFolder() || folder.Child(old.Name) != nil {
			continue
		}
		p.delete(old)
		if p.Knobs.PromoteDeletesSharedLayers && layout.BlobDigest(old.Name) != "" {
			p.deleteShared(target, old)
		}
	}
}

// deleteShared is the error of versions before 7.117.1 (contract promote-keeps-shared-layers).
func (p *planner) deleteShared(target, layer *storage.Node) {
	for _, sibling := range image.Folders(target.Parent()) {
		if n := sibling.Child(layer.Name); n != nil && sibling != target {
			p.delete(n)
		}
	}
}

func (p *planner) delete(n *storage.Node) {
	p.steps = append(p.steps, Step{Repo: n.Repo(), Path: n.Path(), Delete: true, Source: *n})
}

// deleteSource ends a move. Digest folders that an index outside of what is moved lists stay, unless
// the knob says otherwise.
func (p *planner) deleteSource() {
	needed := map[string]bool{}
	for _, folder := range image.Folders(p.tree.Lookup(p.SourceRepo, p.SourceImage)) {
		if slices.Contains(p.taken, folder) || p.Knobs.PromoteMovesSharedChildren {
			continue
		}
		if d, err := image.Read(image.ManifestIn(folder)); err == nil {
			for _, desc := range d.Manifests {
				needed[desc.Digest.String()] = true
			}
		}
	}
	for _, folder := range p.taken {
		if needed[folder.Name] {
			continue
		}
		for _, n := range p.filesOf(folder) {
			p.delete(n)
		}
	}
}
