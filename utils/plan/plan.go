// Package plan orders the steps that make a target hold what a source has: attachments first, the image last, deletes at the very
// end. It is pure: it decides from what was read, and refuses before anything is changed.
package plan

import (
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Action names one kind of change at the server.
type Action string

// The actions, in the order in which they are carried out.
const (
	// CopyAttachment copies the folder of a suffix tag that the target does not have.
	CopyAttachment Action = "copy-attachment"
	// UpdateAttachment copies the files of a suffix tag over those of the target, whose entries the source's include.
	UpdateAttachment Action = "update-attachment"
	// Promote lets the server copy the image under its target tag.
	Promote Action = "promote"
	// DeleteTag, DeleteManifest and DeleteAttachment end a move at the source.
	DeleteTag        Action = "delete-tag"
	DeleteManifest   Action = "delete-manifest"
	DeleteAttachment Action = "delete-attachment"
)

// Deletes tells whether the action takes something away.
func (a Action) Deletes() bool { return a == DeleteTag || a == DeleteManifest || a == DeleteAttachment }

// Step is one change at the server. Path is the Artifactory folder that is written or deleted; From, for copies, the one that is read.
type Step struct {
	Action   Action
	Path     string
	From     string
	Digest   digest.Digest
	Manifest manifest.Manifest
	// Before is the digest that Path held when the plan was made, or "".
	Before digest.Digest
}

// Transfer tells what happens to one attachment at the target.
type Transfer string

// The transfers. Merge means that the target ends up with the union, which here is the source's record.
const (
	TransferCopy  Transfer = "copy"
	TransferMerge Transfer = "merge"
	TransferKeep  Transfer = "keep"
	TransferNone  Transfer = "none"
)

// Item is one attachment of the source and what is to happen to it.
type Item struct {
	attachment.Attachment
	Transfer Transfer
	// Refused says that it cannot be brought to the target, which is why the plan may not be carried out.
	Refused bool
}

// Request says what to promote where to, and how.
type Request struct {
	Source        reference.Reference
	Target        reference.Reference
	Move          bool
	AllowUnsigned bool
	NoOverwrite   bool
	// Prefix is the attachment tag prefix that the user's verifiers look for.
	Prefix string
}

// SameImage tells whether source and target are one image, so that a promotion only gives it another tag.
func (r Request) SameImage() bool { return r.Source.Image == r.Target.Image }

// Target is what the target was seen to hold.
type Target struct {
	// Tagged is the digest behind the target tag, or "" when there is no such tag.
	Tagged digest.Digest
	// Lacking holds the digests of the source's image that the target image does not have.
	Lacking map[digest.Digest]bool
	// Records holds the manifests behind those suffix tags whose folder the target has too. One without a digest is a folder that
	// holds no manifest, as a copy leaves it that was cut off.
	Records map[string]manifest.Manifest
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
}

// Empty tells whether nothing is to be done.
func (p *Plan) Empty() bool { return len(p.Steps) == 0 }

// Of gives the steps with any of the given actions, in order.
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
