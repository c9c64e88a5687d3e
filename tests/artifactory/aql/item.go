package aql

import "time"

// Values of [Item.Type].
const (
	TypeFile   = "file"
	TypeFolder = "folder"
)

// Item is one file or folder of a repository, as the items domain shows it.
type Item struct {
	// Repo is the key of the repository that stores the item: a local one or a cache, never a virtual one.
	Repo string
	// Path is the folder that contains the item, "." at the root of the repository.
	Path string
	// Name is the last segment. The root folder of a repository has path "." and name ".".
	Name string
	// Type is [TypeFile] or [TypeFolder].
	Type string
	// Size is in bytes, 0 for folders.
	Size int64
	// SHA256, SHA1 and MD5 are lower-case hex, empty for folders.
	SHA256, SHA1, MD5 string
	// Created, Modified and Updated are shown in UTC with milliseconds.
	Created, Modified, Updated time.Time
	// CreatedBy and ModifiedBy are user names.
	CreatedBy, ModifiedBy string
	// Depth is the number of segments of path and name together.
	Depth int
	// Properties maps each key to its values.
	Properties map[string][]string
}
