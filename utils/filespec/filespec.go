// Package filespec writes file specs as jf reads them: for jf rt copy, and for the creation of release bundles.
package filespec

import (
	"encoding/json"
	"slices"
	"strings"
)

// Spec is a file spec.
type Spec struct {
	Files []Group `json:"files"`
}

// Group is one group: a pattern, or AQL.
type Group struct {
	AQL       *AQL   `json:"aql,omitempty"`
	Pattern   string `json:"pattern,omitempty"`
	Target    string `json:"target,omitempty"`
	Flat      string `json:"flat,omitempty"`
	Recursive string `json:"recursive,omitempty"`
}

// AQL is a search for files.
type AQL struct {
	Find json.RawMessage `json:"items.find"`
}

// Folder is a folder of a repository whose files are meant, and where they go to; To is empty for a spec without
// targets.
type Folder struct {
	Repo, Path string
	To         string
}

// Patterns makes a spec with a pattern for each folder. Targets are written in full, so that nothing depends on what is
// there: with a trailing slash and flat, each file is copied to its own path.
func Patterns(folders []Folder) Spec {
	spec := Spec{Files: make([]Group, 0, len(folders))}
	for _, f := range folders {
		g := Group{Pattern: f.Repo + "/" + f.Path + "/*", Recursive: "false"}
		if f.To != "" {
			g.Target, g.Flat = strings.TrimSuffix(f.To, "/")+"/", "true"
		}
		spec.Files = append(spec.Files, g)
	}
	return spec
}

// maxFind bounds the length of a search as it is printed, with all its blanks, which jf sends along; a server refuses
// queries of more than 6,000 characters, and jf adds some 200 of its own.
const maxFind = 5500

// AQLs makes a spec with as few searches as possible: jf puts what a search finds at its own path in the target, so
// that one is enough for the folders of a repository that keep theirs.
func AQLs(folders []Folder) (Spec, error) {
	var spec Spec
	for len(folders) > 0 {
		group, rest, err := search(folders)
		if err != nil {
			return spec, err
		}
		spec.Files = append(spec.Files, group)
		folders = rest
	}
	return spec, nil
}

// target returns the target of the search for a folder, and whether it is the folder itself.
func (f Folder) target() (target string, flat bool) {
	repo, path, _ := strings.Cut(f.To, "/")
	if f.To == "" || path == f.Path {
		return repo, false
	}
	return f.To, true
}

// search takes as many folders of one repository and one target as fit into one search, from the first on.
func search(folders []Folder) (Group, []Folder, error) {
	first := folders[0]
	target, flat := first.target()
	var paths []condition
	var rest []Folder
	var find json.RawMessage
	for _, f := range folders {
		next := slices.Concat(paths, []condition{{"path": f.Path}})
		text, err := json.MarshalIndent(condition{"repo": first.Repo, "$or": next}, "        ", "  ")
		if err != nil {
			return Group{}, nil, err
		}
		if to, _ := f.target(); f.Repo != first.Repo || to != target || (len(text) > maxFind && len(paths) > 0) {
			rest = append(rest, f)
			continue
		}
		paths, find = next, text
	}
	g := Group{AQL: &AQL{Find: find}}
	if target != "" {
		g.Target = target + "/"
	}
	if flat {
		g.Flat = "true"
	}
	return g, rest, nil
}

// condition is one of AQL.
type condition map[string]any
