package inventory

import (
	"fmt"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// NestedFolder is the folder of an attachment inside the folder of the same name: a copy that came when the folder was
// there already leaves it (contract copy-nests). No client looks there.
type NestedFolder struct {
	Subject digest.Digest
	// Name is the path below the image, "<tag>/<tag>".
	Name string
	// Digest is that of its manifest, around that of the folder around it, which may hold none.
	Digest, around digest.Digest
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

// FindNested notes with each image which folders are nested in those of its attachments. The rows of the search tell:
// such a folder looks like a tag of an image whose path ends with the same name.
func (repo *RepositoryIndex) FindNested() {
	for _, inner := range repo.Sorted() {
		tag := path.Base(inner.Image.Path)
		f, there := inner.Folders[tag]
		image := owner(inner.Image.Path, tag)
		if !there || image == inner.Image.Path {
			continue
		}
		subject, _ := attachment.Named(tag)
		n := NestedFolder{
			Name: strings.TrimPrefix(inner.Image.Path, image+"/") + "/" + tag, Subject: subject,
			Digest: f.Digest,
		}
		holder := repo.Image(image)
		n.around = holder.Folders[tag].Digest
		holder.Nested = append(holder.Nested, n)
	}
}

// Describe reports what is nested, for a finding or a warning.
func (n NestedFolder) Describe(image reference.Image) string {
	holds := "another manifest than the folder around it"
	switch n.around {
	case "":
		holds = "a manifest, and the folder around it none"
	case n.Digest:
		holds = "the same manifest as the folder around it"
	}
	return fmt.Sprintf("%s, where no client looks, holds %s", image.Folder(n.Name), holds)
}
