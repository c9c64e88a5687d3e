package manifest

import (
	"time"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// Stored is a file in a tag or digest folder of an image, as a search finds it: a manifest, or a blob beside one.
type Stored struct {
	Image reference.Image
	// Folder is the tag or digest folder within the image, Name the file in it.
	Folder, Name string
	// Digest is that of the file; empty where the server has no sha256 of it, as for very old files.
	Digest digest.Digest
	// Size is in bytes.
	Size int64
	// Changed is when the file last came, or was changed, here.
	Changed time.Time
}

// IsList reports whether the file holds an index.
func (f Stored) IsList() bool { return f.Name == ListFile }

// Sought is a manifest that is looked for in places that are not known yet.
type Sought struct {
	Digest digest.Digest
	Known  []Stored
}

// Info is what a server keeps of a file beside its content: JFrog's File Info. Empty is what the server does not tell.
type Info struct {
	// Path is "<repo>/<path>".
	Path string
	// Created and Modified are dates of the content, as the server writes them: a copy keeps those of its source.
	// Updated is when the file last changed here.
	Created, CreatedBy, Modified, ModifiedBy, Updated string
	// Size is in bytes, as the server writes it.
	Size string
	// SHA1, SHA256 and MD5 are in hex.
	SHA1, SHA256, MD5 string
}
