package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/inspect"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// StatusResult is the result of the status command: a graph for each image, compared with a target when one was named.
type StatusResult struct {
	Header
	Images []StatusImage `json:"images"`
	Error  *Error        `json:"error,omitempty"`
	Traffic
}

// NewStatus begins the result of the status command.
func NewStatus() *StatusResult {
	return &StatusResult{Header: Header{Status: Success, Command: "status"}, Images: []StatusImage{}}
}

// Add takes over an image; with findings the status is a failure.
func (r *StatusResult) Add(i StatusImage) {
	r.Images = append(r.Images, i)
	if len(i.Findings) > 0 {
		r.Status = Failure
	}
}

// Fail notes an error that ended the run.
func (r *StatusResult) Fail(err error) *StatusResult {
	r.Status, r.Error = Failure, errorOf(err)
	return r
}

// StatusImage is the graph of one image.
type StatusImage struct {
	Source Location `json:"source"`
	// Target is there when the image was compared.
	Target *Location `json:"target,omitempty"`
	// Signed reports whether the root digest itself has a signature that a verifier finds.
	Signed bool `json:"signed"`
	// SignedUnknown reports that none was seen, but that something could not be read: it may be signed.
	SignedUnknown bool `json:"signedUnknown,omitempty"`
	// Manifests holds the root first, then the manifests below it.
	Manifests []StatusManifest `json:"manifests"`
	// Attachments lists those of the source, and after them what only the target has.
	Attachments []StatusAttachment `json:"attachments"`
	// Incomplete lists the folders, on both sides, that lack files which their manifests name.
	Incomplete []StatusIncomplete `json:"incomplete,omitempty"`
	// Details and TargetDetails are there where they were asked for, the latter if the target has the image.
	Details       *Details `json:"details,omitempty"`
	TargetDetails *Details `json:"targetDetails,omitempty"`
	// Findings tell what is missing, dangling or differing; with any, the exit code is 5.
	Findings []string `json:"findings"`
}

// StatusManifest is one manifest of the image itself.
type StatusManifest struct {
	Digest    string `json:"digest"`
	MediaType string `json:"mediaType,omitempty"`
	// Parent is the index that lists it; empty for the root.
	Parent   string `json:"parent,omitempty"`
	Platform string `json:"platform,omitempty"`
	Signed   bool   `json:"signed"`
	// SignedUnknown is as in StatusImage.
	SignedUnknown bool `json:"signedUnknown,omitempty"`
	// State is there when the image was compared: same or missing; and missing when the source itself lacks it.
	State string `json:"state,omitempty"`
}

// StatusAttachment is an attachment and, when the image was compared, how it stands at the target: same, includes,
// differs, missing or extra.
type StatusAttachment struct {
	Subject      string `json:"subject"`
	Digest       string `json:"digest"`
	Kind         string `json:"kind"`
	Storage      string `json:"storage"`
	Tag          string `json:"tag,omitempty"`
	ArtifactType string `json:"artifactType,omitempty"`
	Size         int64  `json:"size"`
	State        string `json:"state,omitempty"`
}

// StatusIncomplete is a folder that lacks files which its manifest names.
type StatusIncomplete struct {
	Path   string `json:"path"`
	Digest string `json:"digest"`
	// Lacks holds the digests of the files.
	Lacks []string `json:"lacks"`
}

// Lack notes what folders lack, or why that could not be told.
func (i *StatusImage) Lack(all []inspect.Incomplete, err error) {
	if err != nil {
		i.Findings = append(i.Findings, "it could not be told whether all files are there: "+err.Error())
	}
	for _, one := range all {
		lacks := make([]string, 0, len(one.Lacks))
		for _, d := range one.Lacks {
			lacks = append(lacks, d.Digest.String())
		}
		i.Incomplete = append(i.Incomplete, StatusIncomplete{Path: one.Path, Digest: one.Digest.String(), Lacks: lacks})
		i.Findings = append(i.Findings, fmt.Sprintf("%s lacks files that its manifest names: %s", one.Path,
			strings.Join(lacks, ", ")))
	}
}

// Graph describes one graph.
func Graph(ref reference.Reference, g *attachment.Graph, prefix string) StatusImage {
	ref.Digest = g.Root
	i := StatusImage{
		Source:      location(ref),
		Signed:      g.Signed(g.Root, prefix),
		Manifests:   manifests(g, prefix),
		Attachments: []StatusAttachment{},
		Findings:    append(append([]string{}, g.Unreadable...), g.Warnings...),
	}
	for n := range i.Manifests {
		i.Manifests[n].SignedUnknown = len(g.Unreadable) > 0 && !i.Manifests[n].Signed
	}
	i.SignedUnknown = i.Manifests[0].SignedUnknown
	for _, a := range g.Attachments {
		i.Attachments = append(i.Attachments, found(a, ""))
	}
	return i
}

// Compared describes a graph and how it stands at a target. target is nil when the target has no such image at all.
func Compared(source, at reference.Reference, g, target *attachment.Graph, prefix string) StatusImage {
	i := Graph(source, g, prefix)
	if target == nil {
		target = &attachment.Graph{Image: at.Image}
	}
	asked := at
	at.Digest = target.Root
	place := location(at)
	i.Target = &place
	i.Attachments = []StatusAttachment{}
	for _, c := range g.Compare(target) {
		i.Attachments = append(i.Attachments, found(c.Attachment, c.State))
		if c.State == attachment.Missing || c.State == attachment.Differs {
			i.find(target, "%s %s in %s", record(c.Attachment), verb(c.State), at.Image)
		}
	}
	i.compareManifests(g, target, asked)
	return i
}

func (i *StatusImage) compareManifests(g, target *attachment.Graph, at reference.Reference) {
	missing := g.MissingImages(target)
	for n := range i.Manifests {
		m := &i.Manifests[n]
		if m.State != "" {
			continue
		}
		m.State = string(attachment.Same)
		if slices.ContainsFunc(missing, func(d digest.Digest) bool { return d.String() == m.Digest }) {
			m.State = string(attachment.Missing)
			i.find(target, "manifest %s is missing in %s", m.Digest, at.Image)
		}
	}
	switch target.Root {
	case g.Root:
	case "":
		i.Findings = append(i.Findings, fmt.Sprintf("%s is not there", at))
	default:
		i.Findings = append(i.Findings, fmt.Sprintf("%s holds %s", at, target.Root))
	}
}

// find notes what the target lacks. Of one that is not there at all, a single finding tells everything.
func (i *StatusImage) find(target *attachment.Graph, format string, args ...any) {
	if target.Root != "" {
		i.Findings = append(i.Findings, fmt.Sprintf(format, args...))
	}
}

// record names an attachment: a suffix tag tells its subject already.
func record(a attachment.Attachment) string {
	if a.Storage == attachment.SuffixTag {
		return string(a.Kind) + " " + a.Tag
	}
	return fmt.Sprintf("%s %s on %s", a.Kind, a.Manifest.Digest, a.Subject)
}

func verb(s attachment.State) string {
	if s == attachment.Missing {
		return "is missing"
	}
	return string(s)
}

func found(a attachment.Attachment, state attachment.State) StatusAttachment {
	b := attached(a)
	return StatusAttachment{
		Subject: b.Subject, Digest: b.Digest, Kind: b.Kind, Storage: b.Storage, Tag: b.Tag,
		ArtifactType: b.ArtifactType, Size: b.Size, State: string(state),
	}
}

// manifests walks the image from its root.
func manifests(g *attachment.Graph, prefix string) []StatusManifest {
	all := []StatusManifest{{
		Digest: g.Root.String(), MediaType: g.Nodes[g.Root].MediaType,
		Signed: g.Signed(g.Root, prefix),
	}}
	for _, d := range g.ImageDigests() {
		for _, child := range g.Nodes[d].Content.Manifests {
			m := StatusManifest{
				Digest: child.Digest.String(), MediaType: child.MediaType, Parent: d.String(),
				Signed: g.Signed(child.Digest, prefix),
			}
			if p := child.Platform; p != nil {
				m.Platform = platform(p)
			}
			if slices.Contains(g.Missing, child.Digest) {
				m.State = string(attachment.Missing)
			}
			all = append(all, m)
		}
	}
	return all
}

func platform(p *ocispec.Platform) string {
	name := p.OS + "/" + p.Architecture
	if p.Variant != "" {
		name += "/" + p.Variant
	}
	return name
}
