package artifactory

import (
	"path"
	"strconv"
	"strings"
	"time"
)

// Item is one row of a search: a file or a folder. Fields that the query did not ask for are zero, as are those that
// the server does not have, such as the SHA256 of very old files.
type Item struct {
	Repo string
	// Path is the folder within the repository, empty at its root.
	Path string
	Name string
	// Type is file or folder.
	Type string
	// Size is in bytes.
	Size                       int64
	Created, Modified, Updated time.Time
	// SHA256 and SHA1 are in hex.
	SHA256, SHA1 string
	Properties   map[string][]string
}

// Location returns "<repo>/<path>/<name>".
func (i Item) Location() string { return path.Join(i.Repo, i.Path, i.Name) }

// row is an item as it is written, in the forms that are known: a size may be a number or a string, the root's path is
// ".". It is decoded as it is: a method of Item for that would scan each of a repository's rows twice.
type row struct {
	Repo       string `json:"repo"`
	Path       string `json:"path"`
	Name       string `json:"name"`
	Type       string `json:"type"`
	Size       size   `json:"size"`
	Created    date   `json:"created"`
	Modified   date   `json:"modified"`
	Updated    date   `json:"updated"`
	SHA256     string `json:"sha256"`
	SHA1       string `json:"actual_sha1"`
	Properties []struct {
		Key   string `json:"key"`
		Value string `json:"value"`
	} `json:"properties"`
}

func (r row) item() Item {
	i := Item{
		Repo: r.Repo, Path: r.Path, Name: r.Name, Type: r.Type, Size: int64(r.Size),
		Created: time.Time(r.Created), Modified: time.Time(r.Modified), Updated: time.Time(r.Updated),
		SHA256: strings.ToLower(r.SHA256), SHA1: strings.ToLower(r.SHA1),
	}
	if r.Path == "." {
		i.Path = ""
	}
	for _, p := range r.Properties {
		if i.Properties == nil {
			i.Properties = map[string][]string{}
		}
		i.Properties[p.Key] = append(i.Properties[p.Key], p.Value)
	}
	return i
}

// size is a number of bytes, which some documents show as a string.
type size int64

// UnmarshalJSON reads both.
func (s *size) UnmarshalJSON(data []byte) error {
	text := plain(data)
	if text == "" {
		return nil
	}
	value, err := strconv.ParseInt(text, 10, 64)
	*s = size(value)
	return err
}

// date is written with milliseconds and a zone, with or without a colon in it.
type date time.Time

// UnmarshalJSON reads both.
func (d *date) UnmarshalJSON(data []byte) error {
	text := plain(data)
	if text == "" {
		return nil
	}
	layout := "2006-01-02T15:04:05.999999999Z0700"
	if zone := len(text) - len("00:00"); zone > 0 && text[zone+2] == ':' {
		layout = time.RFC3339
	}
	value, err := time.Parse(layout, text)
	*d = date(value)
	return err
}

// plain returns the text of a number, or of a string that has no reason to escape anything; none for null.
func plain(data []byte) string {
	if string(data) == "null" {
		return ""
	}
	return strings.Trim(string(data), `"`)
}
