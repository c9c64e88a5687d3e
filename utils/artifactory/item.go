package artifactory

import (
	"encoding/json"
	"path"
	"strings"
	"time"
)

// Item is one row of a search: a file or a folder. Fields that the query did not ask for are zero, as are those that the server does
// not have, such as the SHA256 of very old files.
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

// Location gives "<repo>/<path>/<name>".
func (i Item) Location() string { return path.Join(i.Repo, i.Path, i.Name) }

// UnmarshalJSON reads a row in the forms that are known: a size may be a number or a string, the root's path is ".".
func (i *Item) UnmarshalJSON(data []byte) error {
	var row struct {
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
	if err := json.Unmarshal(data, &row); err != nil {
		return err
	}
	*i = Item{
		Repo: row.Repo, Path: row.Path, Name: row.Name, Type: row.Type, Size: int64(row.Size),
		Created: time.Time(row.Created), Modified: time.Time(row.Modified), Updated: time.Time(row.Updated),
		SHA256: strings.ToLower(row.SHA256), SHA1: strings.ToLower(row.SHA1),
	}
	if row.Path == "." {
		i.Path = ""
	}
	for _, p := range row.Properties {
		if i.Properties == nil {
			i.Properties = map[string][]string{}
		}
		i.Properties[p.Key] = append(i.Properties[p.Key], p.Value)
	}
	return nil
}

// size is a number of bytes, which some documents show as a string.
type size int64

// UnmarshalJSON reads both.
func (s *size) UnmarshalJSON(data []byte) error {
	var n json.Number
	if err := json.Unmarshal(data, &n); err != nil || n == "" {
		return err
	}
	value, err := n.Int64()
	*s = size(value)
	return err
}

// date is written with milliseconds and a zone, with or without a colon in it.
type date time.Time

// UnmarshalJSON reads both.
func (d *date) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil || text == "" {
		return err
	}
	value, err := time.Parse(time.RFC3339, text)
	if err != nil {
		value, err = time.Parse("2006-01-02T15:04:05.999999999Z0700", text)
	}
	*d = date(value)
	return err
}
