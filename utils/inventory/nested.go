package inventory

import (
	"fmt"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// nested is the folder of an attachment inside the folder of the same name: a copy that came when the folder was there
// already leaves it (facts: copy nests). No client looks there.
type nested struct {
	subject digest.Digest
	// name is the path below the image, "<tag>/<tag>".
	name string
	// digest is that of its manifest, around that of the folder around it, which may hold none.
	digest, around digest.Digest
}

// owner returns the path of the image that a manifest belongs to: it can lie in a folder inside the folder of an
// attachment. Only a folder with the name of an attachment, in one of the same name, is certainly no image of its own:
// app/1.0/1.0 may be the image app/1.0 with the tag 1.0.
func owner(imagePath, folder string) string {
	if isAttachmentTag(folder) {
		for path.Base(imagePath) == folder && imagePath != folder {
			imagePath = path.Dir(imagePath)
		}
	}
	return imagePath
}

func isAttachmentTag(name string) bool {
	_, isSuffixTag := reference.ParseSuffixTag(name)
	return isSuffixTag || reference.IsFallbackTag(name)
}

// nest notes with each image which folders are nested in those of its attachments. The rows of the search tell: such a
// folder looks like a tag of an image whose path ends with the same name.
func (s *stock) nest() {
	for _, inner := range s.sorted() {
		tag := path.Base(inner.image.Path)
		f, there := inner.folders[tag]
		image := owner(inner.image.Path, tag)
		if !there || image == inner.image.Path {
			continue
		}
		n := nested{
			name: strings.TrimPrefix(inner.image.Path, image+"/") + "/" + tag, subject: subjectOfTag(tag),
			digest: f.digest,
		}
		holder := s.shelf(image)
		n.around = holder.folders[tag].digest
		holder.nested = append(holder.nested, n)
	}
}

func subjectOfTag(tag string) digest.Digest {
	if t, ok := reference.ParseSuffixTag(tag); ok {
		return t.Subject
	}
	subject, _ := subjectOf(tag)
	return subject
}

// said reports what is nested, for a finding or a warning.
func (n nested) said(image reference.Image) string {
	holds := "another manifest than the folder around it"
	switch n.around {
	case "":
		holds = "a manifest, and the folder around it none"
	case n.digest:
		holds = "the same manifest as the folder around it"
	}
	return fmt.Sprintf("%s, where no client looks, holds %s", image.Folder(n.name), holds)
}

// nestedOn returns the findings on what is nested in the folders of a subject's attachments.
func (b *bench) nestedOn(s *shelf, subject digest.Digest) []Finding {
	var findings []Finding
	for _, n := range s.nested {
		if n.subject == subject {
			b.named[n.name] = b.named[n.name] || s == b.shelf
			findings = append(findings, Finding{Problem: Nested, Subject: subject, Name: n.name, Message: n.said(s.image)})
		}
	}
	return findings
}

// nestedOfNone tells, once all images were judged, what is nested in the attachments of none of them.
func (b *bench) nestedOfNone() {
	for _, n := range b.shelf.nested {
		if !b.named[n.name] && b.Since.IsZero() {
			b.shelf.problem(n.said(b.shelf.image))
		}
	}
}
