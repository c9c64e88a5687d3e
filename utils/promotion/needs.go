package promotion

import (
	"path"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// need is a folder of the target that has to hold a manifest, and blobs beside it.
type need struct {
	// name is the tag or digest folder.
	name     string
	manifest manifest.Manifest
	// blobs have to be in the folder.
	blobs []ocispec.Descriptor
	// home is where the source keeps them.
	home reference.Image
	// attached reports that it is attached to the image; fallback, that it is the index of a fallback tag.
	attached, fallback bool
}

func needOf(name string, m manifest.Manifest, home reference.Image) need {
	return need{name: name, manifest: m, blobs: m.BlobDescriptors(), home: home}
}

// image returns the folders of the image itself: its tag's, and its children's.
func (p *placing) image() []need {
	g := p.plan.Graph
	needs := []need{needOf(p.plan.Target.Tag, g.Nodes[g.Root], p.plan.Source.Image)}
	for _, d := range g.ImageDigests()[1:] {
		if m, read := g.Nodes[d]; read {
			needs = append(needs, needOf(reference.DigestFolder(d), m, p.plan.Source.Image))
		}
	}
	return needs
}

// attachments returns the folders, in the target image, of what is attached to the image.
func (p *placing) attachments() []need {
	var needs []need
	seen := map[string]bool{}
	add := func(n need) {
		if !seen[n.name] {
			seen[n.name] = true
			needs = append(needs, n)
		}
	}
	for _, item := range p.plan.Items {
		target, carried := p.plan.Home(item.Home)
		if !carried || target == item.Home || target != p.plan.Target.Image {
			continue
		}
		add(p.attachment(item))
		for _, d := range p.plan.Graph.Below(item.Manifest.Digest)[1:] {
			if m, read := p.plan.Graph.Nodes[d]; read {
				n := needOf(reference.DigestFolder(d), m, item.Home)
				n.attached = true
				add(n)
			}
		}
	}
	for _, n := range append(p.fallbackTags(), p.leftovers()...) {
		add(n)
	}
	return needs
}

// leftovers returns what an earlier run has left to be deleted at the source, of which a plan of its own has no items.
func (p *placing) leftovers() []need {
	if !p.run.SourceGone {
		return nil
	}
	var needs []need
	for _, step := range p.plan.Of(plan.DeleteManifest, plan.DeleteAttachment) {
		m := step.Manifest
		if m.Digest == "" {
			m = p.plan.Graph.Nodes[step.Digest]
		}
		if name := path.Base(step.Path); m.Digest != "" {
			n := needOf(name, m, p.plan.Source.Image)
			n.attached, n.fallback = !p.ofImage(m.Digest), m.IsIndex()
			needs = append(needs, n)
		}
	}
	return needs
}

// attachment returns the folder of one attachment. The record behind a suffix tag is what the target was left with: of
// one that is another than the source's, the blobs of the source are wanted that it names.
func (p *placing) attachment(item plan.Item) need {
	n := needOf(item.Name(), item.Manifest, item.Home)
	n.attached = true
	if item.Storage != attachment.SuffixTag {
		return n
	}
	if held, known := p.run.Left(p.plan.Target.Folder(n.name)); known && held.Digest != item.Manifest.Digest {
		n.manifest, n.blobs = held, both(n.blobs, held.BlobDescriptors())
	}
	return n
}

// fallbackTags returns the fallback tags that the target had or was given for what is attached.
func (p *placing) fallbackTags() []need {
	var needs []need
	subjects := map[digest.Digest]bool{}
	for _, a := range p.plan.Graph.Stored(attachment.Referrer, attachment.Fallback) {
		target, carried := p.plan.Home(a.Home)
		held, known := p.run.Left(target.Folder(reference.FallbackTag(a.Subject)))
		if !carried || target != p.plan.Target.Image || target == a.Home || subjects[a.Subject] || !known || held.Digest == "" {
			continue
		}
		subjects[a.Subject] = true
		needs = append(needs, need{
			name: reference.FallbackTag(a.Subject), manifest: held, home: a.Home, attached: true,
			fallback: true,
		})
	}
	return needs
}
