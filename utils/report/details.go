package report

import (
	"strings"

	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/terminal"
)

// Details is what the server keeps of the file of a root manifest: JFrog's File Info, in the server's words.
type Details struct {
	// Path is "<repo>/<path>" of the file.
	Path string `json:"path"`
	// Created and Modified are dates of the content, which a copy keeps; Updated is when the file last changed here.
	Created    string    `json:"created,omitempty"`
	CreatedBy  string    `json:"createdBy,omitempty"`
	Modified   string    `json:"modified,omitempty"`
	ModifiedBy string    `json:"modifiedBy,omitempty"`
	Updated    string    `json:"updated,omitempty"`
	Size       string    `json:"size,omitempty"`
	Checksums  Checksums `json:"checksums"`
}

// Checksums are in hex; one that the server does not have is empty.
type Checksums struct {
	SHA1   string `json:"sha1,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
	MD5    string `json:"md5,omitempty"`
}

// DetailsOf describes what the server keeps of a file.
func DetailsOf(i manifest.Info) *Details {
	return &Details{
		Path: i.Path, Created: i.Created, CreatedBy: i.CreatedBy, Modified: i.Modified, ModifiedBy: i.ModifiedBy, Updated: i.Updated,
		Size: i.Size, Checksums: Checksums{SHA1: i.SHA1, SHA256: i.SHA256, MD5: i.MD5},
	}
}

// text returns the details for people, in one paragraph.
func (d *Details) text(on terminal.Screen) string {
	parts := []string{d.Path}
	for _, p := range [][2]string{
		{"created ", by(d.Created, d.CreatedBy)},
		{"modified ", by(d.Modified, d.ModifiedBy)},
		{"updated ", d.Updated},
		{"bytes ", d.Size},
		{"sha1 ", d.Checksums.SHA1},
		{"sha256 ", d.Checksums.SHA256},
		{"md5 ", d.Checksums.MD5},
	} {
		if p[1] != "" {
			parts = append(parts, p[0]+p[1])
		}
	}
	return on.Wrapped(terminal.Printable(strings.Join(parts, ", ")), terminal.Gutter)
}

func by(when, who string) string {
	if who == "" {
		return when
	}
	return strings.TrimSpace(when + " by " + who)
}
