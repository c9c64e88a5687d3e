package planfile

import (
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/promotion"
)

// Origin reports where a plan comes from.
type Origin struct {
	Command string
	Tool    string
	Server  string
	Time    time.Time
	// Build is nil unless the images are those of a build.
	Build *Build
}

// New writes down what dry runs found to be done. Every result has to hold a plan.
func New(o Origin, results []*promotion.Result) *File {
	f := &File{
		Version: Version, Command: o.Command, Created: o.Time.UTC().Format(time.RFC3339), CreatedWith: o.Tool, Server: o.Server, Build: o.Build,
		Images: make([]Image, 0, len(results)),
	}
	for _, r := range results {
		f.Images = append(f.Images, imageOf(r))
	}
	return f
}

func imageOf(r *promotion.Result) Image {
	i := Image{
		Source: locationOf(r.Request.Source), Target: locationOf(r.Request.Target), Mode: modeCopy, Options: optionsOf(r.Request),
		Replaces: r.Plan.Replaces, Steps: []Step{}, Attachments: []Attachment{}, Warnings: append([]string{}, r.Warnings...),
		Found: Found{Source: sourceOf(r).entries(), Target: targetOf(r).entries()},
	}
	if r.Request.Move {
		i.Mode = modeMove
	}
	for _, s := range r.Plan.Steps {
		i.Steps = append(i.Steps, stepOf(s))
	}
	for _, item := range r.Plan.Items {
		i.Attachments = append(i.Attachments, Attachment{
			Subject: item.Subject, Digest: item.Manifest.Digest, Kind: string(item.Kind), Storage: string(item.Storage),
			Tag: item.Tag, Action: string(item.Transfer),
		})
	}
	return i
}

func optionsOf(r plan.Request) Options {
	o := Options{
		AllowUnsigned: r.AllowUnsigned, NoOverwrite: r.NoOverwrite, Pin: r.Pin, OnConflict: string(r.OnConflict), AttachmentTagPrefix: r.Prefix,
	}
	for _, m := range r.Places {
		p := Places{From: m.From.String()}
		if m.To.Repo != "" {
			p.To = m.To.String()
		}
		o.AttachmentRepos = append(o.AttachmentRepos, p)
	}
	return o
}

func stepOf(s plan.Step) Step {
	before := s.Before
	if s.Action.Deletes() || s.Action == plan.RemoveStaging {
		before = s.Digest
	}
	return Step{Action: string(s.Action), Path: s.Path, From: s.From, Digest: s.Digest, Before: before, After: s.Leaves()}
}

// deletes reports whether the step takes something away.
func (s Step) deletes() bool { return plan.Action(s.Action).Deletes() }

// brings reports whether a step that was planned just now is this one. An interrupted copy can have become an update.
func (s Step) brings(now plan.Step) bool {
	return s.Path == now.Path && s.Digest == now.Digest && s.deletes() == now.Action.Deletes()
}

// orNothing names a digest for people.
func orNothing(d digest.Digest) string {
	if d == "" {
		return "nothing"
	}
	return d.String()
}
