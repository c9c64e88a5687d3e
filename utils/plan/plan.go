// Package plan orders the steps that make a target hold what a source has: attachments first, the image last, deletes
// at the very end. It is pure: it decides from what was read, and refuses before anything is changed.
package plan

import (
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Action names one kind of change at the server.
type Action string

// The actions, in the order in which they are carried out.
const (
	// LinkBlobs lets the server put blobs beside a manifest that the target has already, and that names them: what an
	// earlier run, or a promotion that failed in the middle, has left out.
	LinkBlobs Action = "link-blobs"
	// KeepManifest writes what a tag of the target shows under its digest as well, before the tag is replaced:
	// something else there needs it.
	KeepManifest Action = "keep-manifest"
	// CopyAttachment copies the folder of a suffix tag that the target does not have.
	CopyAttachment Action = "copy-attachment"
	// UpdateAttachment copies the files of a suffix tag over those of the target, whose entries the source's include,
	// or which are to be replaced.
	UpdateAttachment Action = "update-attachment"
	// MergeAttachment writes the union of both sides' entries behind a suffix tag.
	MergeAttachment Action = "merge-attachment"
	// PushReferrer writes a referrer by its digest, with its blobs and, if it is an index, its children.
	PushReferrer Action = "push-referrer"
	// UpdateFallback writes the index behind a fallback tag: the union of both sides' entries.
	UpdateFallback Action = "update-fallback"
	// TagAttachment returns a referrer the tag of its own that it has at the source.
	TagAttachment Action = "tag-attachment"
	// Promote lets the server copy the image under its target tag.
	Promote Action = "promote"
	// StageImage, SetTag and RemoveStaging take the place of Promote where the target tag must be set to an exact
	// digest: the server copies the image under a staging tag, what arrived there is checked, the target tag is set by
	// a PUT of its bytes, and the staging tag goes.
	StageImage    Action = "stage-image"
	SetTag        Action = "set-tag"
	RemoveStaging Action = "remove-staging"
	// DeleteTag, DeleteManifest and DeleteAttachment end a move at the source.
	DeleteTag        Action = "delete-tag"
	DeleteManifest   Action = "delete-manifest"
	DeleteAttachment Action = "delete-attachment"
)

// Deletes reports whether the action takes something away.
func (a Action) Deletes() bool { return a == DeleteTag || a == DeleteManifest || a == DeleteAttachment }

// Step is one change at the server. Path is the Artifactory folder that is written or deleted; From, for copies, the
// one that is read.
type Step struct {
	Action   Action
	Path     string
	From     string
	Digest   digest.Digest
	Manifest manifest.Manifest
	// Config is the content of the config of a record that is nowhere yet, see attachment.Attachment.
	Config []byte
	// Before is the digest that Path held when the plan was made, or "".
	Before digest.Digest
	// After is the digest that Path will hold, where that is not Digest and is known: of a merge that was foreseen.
	After digest.Digest
	// Blobs are those that a LinkBlobs brings.
	Blobs []ocispec.Descriptor
	// Subject is what an attachment or a fallback tag is about.
	Subject digest.Digest
	// Home is where the step reads, Target where it writes.
	Home, Target reference.Image
	// Wave orders the referrers: what is attached to an attachment comes after it, since a registry looks for the
	// subject of what it is given. A suffix tag is a name, for which no server looks for what it is about: those all
	// come in the first wave.
	Wave int
}

// Leaves returns the digest that Path holds once the step was carried out, as far as it is known; "" after a delete.
func (s Step) Leaves() digest.Digest {
	switch {
	case s.Action.Deletes(), s.Action == RemoveStaging:
		return ""
	case s.After != "":
		return s.After
	default:
		return s.Digest
	}
}

// Expects reports whether Path may hold d while the step is being carried out and nobody else writes: what it held, or
// what it is to hold.
func (s Step) Expects(d digest.Digest) bool { return d == s.Before || d == s.Leaves() }

// Transfer reports what happens to one attachment at the target.
type Transfer string

// The transfers. Merge means that the target ends up with the union of both records, keep that its own stays.
const (
	TransferCopy    Transfer = "copy"
	TransferMerge   Transfer = "merge"
	TransferKeep    Transfer = "keep"
	TransferReplace Transfer = "replace"
	TransferNone    Transfer = "none"
)

// Conflict says what to do when the record behind a suffix tag differs and the target's does not include the source's:
// one way for all, or ways by kind, see ParseConflict.
type Conflict string

// The ways out of a conflict.
const (
	// OnConflictMerge writes the union; what cannot be merged is refused.
	OnConflictMerge Conflict = "merge"
	// OnConflictKeep leaves the target's record and waives the source's.
	OnConflictKeep Conflict = "keep"
	// OnConflictReplace waives the target's record, and leaves the source's there whenever they differ, also where the
	// target's includes it.
	OnConflictReplace Conflict = "replace"
	// OnConflictFail refuses.
	OnConflictFail Conflict = "fail"
)

// Item is one attachment of the source and what is to happen to it.
type Item struct {
	attachment.Attachment
	Transfer Transfer
	// Path is the target folder of the step that brings it; empty if it stays where it is.
	Path string
	// Refused says that it cannot be brought to the target, which is why the plan may not be carried out.
	Refused bool
}

// Request says what to promote where to, and how.
type Request struct {
	Source        reference.Reference
	Target        reference.Reference
	Move          bool
	AllowUnsigned bool
	// Proved reports that a policy for the target is satisfied, which decides in place of a signature.
	Proved      bool
	NoOverwrite bool
	// Pin sets the target tag to exactly the digest that was read, by way of a staging tag.
	Pin bool
	// OnConflict is OnConflictMerge unless said otherwise.
	OnConflict Conflict
	// Prefix is the attachment tag prefix that the user's verifiers look for.
	Prefix string
	// ImagesOnly leaves out a tag that turns out to be attached to something: it travels with that.
	ImagesOnly bool
	// Places are further repositories in which attachments of the image are kept, and where they go.
	Places []Mapping
}

// Mapping says where attachments that are kept in another image go to; with no To they stay where they are.
type Mapping struct {
	From, To reference.Image
}

// Home returns where an attachment that is kept at home goes; false if it stays.
func (r Request) Home(home reference.Image) (reference.Image, bool) {
	if home == r.Source.Image {
		return r.Target.Image, true
	}
	for _, m := range r.Places {
		if m.From == home && m.To != (reference.Image{}) {
			return m.To, true
		}
	}
	return reference.Image{}, false
}

// SameImage reports whether source and target are one image, so that a promotion only gives it another tag.
func (r Request) SameImage() bool { return r.Source.Image == r.Target.Image }

// Target is what the target was seen to hold.
type Target struct {
	// Tagged is the digest behind the target tag, or "" when there is no such tag.
	Tagged digest.Digest
	// TaggedRecord reports that what is behind the target tag is attached to something, and found by this tag alone.
	TaggedRecord bool
	// Former is the manifest behind the target tag, where it was read: another image that the tag alone holds.
	// FormerNeededBy names the folders that need it.
	Former         manifest.Manifest
	FormerNeededBy []string
	// Staged is the digest behind the staging tag of the target tag, which an earlier run has left, or "".
	Staged digest.Digest
	// Torn holds the blobs that folders lack, by their paths, of those that the source's manifests in them name.
	Torn map[string][]ocispec.Descriptor
	// NoAPI reports that the target was asked for referrers and has no such API, whatever the source has.
	NoAPI bool
	// Assembled reports that the server may refuse to promote single tags between repositories of this kind, which is
	// no refusal of the image.
	Assembled bool
	// Folders is how many folders the target image has.
	Folders int
	// Lacking holds the digests of the source's image that the target image does not have.
	Lacking map[digest.Digest]bool
	// Records holds the manifests behind those suffix tags and fallback tags, by their folders, which the target has
	// too. One without a digest is a folder that holds no manifest, as a copy leaves it that was cut off.
	Records map[string]manifest.Manifest
	// ByTagAlone names the folders of those records whose manifest has no folder of its digest.
	ByTagAlone map[string]bool
	// Listed names the folders of what the referrers API of the target lists; like every list, it can be stale.
	Listed map[string]bool
	// Held names the folders of those referrers and fallback entries of the source that the target really has.
	Held map[string]bool
	// Tags reports what the target holds under those tags that the source's referrers have, by their folders.
	Tags map[string]digest.Digest
	// Leftovers names the folders of fallback tags that hold something other than an index of referrers.
	Leftovers map[string]bool
	// Bundles reports which subjects have a sigstore bundle at the target.
	Bundles map[digest.Digest]bool
	// Signed reports that the image is signed by what the target has of its own and keeps. It is looked at where that
	// decides alone.
	Signed bool
	// LayersAtRisk reports that a promotion which replaces the tag could take layers away from other tags.
	LayersAtRisk bool
	// Sigs reports which subjects have a .sig at the target, whether or not the source has one too.
	Sigs map[digest.Digest]bool
}

// Plan is the ordered list of steps for one image.
type Plan struct {
	Request
	Graph    *attachment.Graph
	Items    []Item
	Steps    []Step
	Warnings []string
	// Replaces is the digest that the target tag held before, when it held another one.
	Replaces digest.Digest

	// Binding says that these steps were agreed upon, and that no others may be carried out, whatever is found
	// meanwhile.
	Binding bool

	// LeftAlone names the folders of fallback tags at the target that hold something else and are not written, since
	// the referrers API lists what they would.
	LeftAlone []string

	// noAPI reports that the target has no referrers API.
	noAPI bool
	// repaired names the fallback tags of the source with damaged entries.
	repaired []string
	// blocked refuses the plan for something at the target that must not be written over.
	blocked error
}

// ListsReferrers reports whether the target is expected to have a referrers API: the source has one, and the target was
// not seen without.
func (p *Plan) ListsReferrers() bool { return p.Graph.API && !p.noAPI }

// Empty reports whether nothing is to be done.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// Of returns the steps with any of the given actions, in order.
func (p *Plan) Of(actions ...Action) []Step {
	var steps []Step
	for _, s := range p.Steps {
		for _, a := range actions {
			if s.Action == a {
				steps = append(steps, s)
			}
		}
	}
	return steps
}

// The returns the step with a given action, of which a plan has at most one.
func (p *Plan) The(action Action) (step Step, ok bool) {
	for _, s := range p.Steps {
		if s.Action == action {
			return s, true
		}
	}
	return Step{}, false
}
