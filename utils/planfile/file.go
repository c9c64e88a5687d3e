// Package planfile writes down what a run would do, so that somebody can read it, agree to it and have exactly that
// carried out later. It is pure but for reading and writing the file: what it holds comes from results of dry runs, and
// what it is compared with, too.
package planfile

import (
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Version is the version of the form. A file of another version, or with fields that this one does not have, is not
// read: a plan that is understood in part only must not be carried out.
const Version = 1

// File is a plan for any number of images, described by docs/schema/plan.schema.json. It holds no credentials.
type File struct {
	Version int `json:"version"`
	// Command is the command that made it, by its full name.
	Command string `json:"command"`
	// Created is when, in RFC 3339; CreatedWith the version of the plugin.
	Created     string `json:"created"`
	CreatedWith string `json:"createdWith"`
	// Server is the address of the server, for people: what counts is what it holds.
	Server string `json:"server"`
	// Build is what the server is to promote, if the images are those of a build.
	Build  *Build  `json:"build,omitempty"`
	Images []Image `json:"images"`
}

// Build is a build, and how it is promoted.
type Build struct {
	Name                string              `json:"name"`
	Number              string              `json:"number"`
	Project             string              `json:"project,omitempty"`
	Status              string              `json:"status,omitempty"`
	Comment             string              `json:"comment,omitempty"`
	SourceRepo          string              `json:"sourceRepo,omitempty"`
	TargetRepo          string              `json:"targetRepo"`
	Copy                bool                `json:"copy"`
	IncludeDependencies bool                `json:"includeDependencies"`
	FailFast            bool                `json:"failFast"`
	Properties          map[string][]string `json:"properties,omitempty"`
	// ModulesSHA256 reports the build-info from one that was published again.
	ModulesSHA256 string `json:"modulesSha256"`
	// Recorded holds the manifests that the build recorded.
	Recorded []digest.Digest `json:"recorded"`
}

// Image is the plan for one image.
type Image struct {
	Source  Location `json:"source"`
	Target  Location `json:"target"`
	Mode    string   `json:"mode"`
	Options Options  `json:"options"`
	// Replaces is the digest that the target tag holds, if it is another one.
	Replaces    digest.Digest `json:"replaces,omitempty"`
	Steps       []Step        `json:"steps"`
	Attachments []Attachment  `json:"attachments"`
	Found       Found         `json:"found"`
	Warnings    []string      `json:"warnings"`
}

// Location names one side of an image.
type Location struct {
	Repo   string        `json:"repo"`
	Image  string        `json:"image"`
	Tag    string        `json:"tag"`
	Digest digest.Digest `json:"digest"`
}

// Options are what the plan was made with.
type Options struct {
	AllowUnsigned       bool     `json:"allowUnsigned"`
	NoOverwrite         bool     `json:"noOverwrite"`
	Pin                 bool     `json:"pin"`
	OnConflict          string   `json:"onConflict"`
	AttachmentTagPrefix string   `json:"attachmentTagPrefix,omitempty"`
	AttachmentRepos     []Places `json:"attachmentRepos,omitempty"`
}

// Places says where attachments of an image are kept beside it, and where they go; without To they stay.
type Places struct {
	From string `json:"from"`
	To   string `json:"to,omitempty"`
}

// Step is one change at the server, in the order of the list.
type Step struct {
	Action string `json:"action"`
	// Path is the Artifactory folder that is written or deleted, From the one that is copied.
	Path string `json:"path"`
	From string `json:"from,omitempty"`
	// Digest is the source's manifest, or the one that is deleted. Before and After are what Path holds, "" for
	// nothing.
	Digest digest.Digest `json:"digest"`
	Before digest.Digest `json:"before"`
	After  digest.Digest `json:"after"`
}

// Attachment reports what happens to one attachment of the source. Keep means that the target's own record stays.
type Attachment struct {
	Subject digest.Digest `json:"subject"`
	Digest  digest.Digest `json:"digest"`
	Kind    string        `json:"kind"`
	Storage string        `json:"storage"`
	Tag     string        `json:"tag,omitempty"`
	Action  string        `json:"action"`
}

// Found is the state that the plan was made for: what must be so still when it is carried out.
type Found struct {
	Source []Entry `json:"source"`
	Target []Entry `json:"target"`
}

// Entry says which manifest is behind an Artifactory folder; no digest means that there is none.
type Entry struct {
	Path   string        `json:"path"`
	Digest digest.Digest `json:"digest"`
}

func locationOf(r reference.Reference) Location {
	return Location{Repo: r.Repo, Image: r.Path, Tag: r.Tag, Digest: r.Digest}
}

func (l Location) reference() reference.Reference {
	return reference.Reference{Image: reference.Image{Repo: l.Repo, Path: l.Image}, Tag: l.Tag}
}

// name returns "<repo>/<image>:<tag>".
func (l Location) name() string { return l.reference().String() }

const (
	modeCopy = "copy"
	modeMove = "move"
)

// Requests returns what is to be promoted, in the order of the file.
func (f *File) Requests() ([]plan.Request, error) {
	requests := make([]plan.Request, 0, len(f.Images))
	for _, i := range f.Images {
		r, err := i.request()
		if err != nil {
			return nil, err
		}
		requests = append(requests, r)
	}
	return requests, nil
}

func (i Image) request() (plan.Request, error) {
	r := plan.Request{
		Source: i.Source.reference(), Target: i.Target.reference(), Move: i.Mode == modeMove,
		AllowUnsigned: i.Options.AllowUnsigned, NoOverwrite: i.Options.NoOverwrite, Pin: i.Options.Pin,
		OnConflict: plan.Conflict(i.Options.OnConflict), Prefix: i.Options.AttachmentTagPrefix,
	}
	for _, p := range i.Options.AttachmentRepos {
		from, err := reference.Parse(p.From)
		if err != nil {
			return r, err
		}
		m := plan.Mapping{From: from.Image}
		if p.To != "" {
			to, err := reference.Parse(p.To)
			if err != nil {
				return r, err
			}
			m.To = to.Image
		}
		r.Places = append(r.Places, m)
	}
	return r, nil
}
