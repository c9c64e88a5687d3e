package audit

import (
	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/inventory"
)

// nestedOn returns the findings on what is nested in the folders of a subject's attachments.
func (a *imageAudit) nestedOn(index *inventory.ImageIndex, subject digest.Digest) []Finding {
	var findings []Finding
	for _, n := range index.Nested {
		if n.Subject == subject {
			a.named[n.Name] = a.named[n.Name] || index == a.index
			findings = append(findings, Finding{Problem: Nested, Subject: subject, Name: n.Name, Message: n.Describe(index.Image)})
		}
	}
	return findings
}

// nestedOfNone notes, once all images were judged, what is nested in the attachments of none of them.
func (a *imageAudit) nestedOfNone() {
	for _, n := range a.index.Nested {
		if !a.named[n.Name] && a.Since.IsZero() {
			a.index.AddProblem(n.Describe(a.index.Image))
		}
	}
}
