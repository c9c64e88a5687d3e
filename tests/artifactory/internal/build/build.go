// Package build keeps the build-infos that were published, and what happened to the builds since.
package build

import (
	"encoding/json"
	"fmt"
	"sync"
)

// Info is a build-info, as far as the server reads it.
type Info struct {
	Name    string   `json:"name"`
	Number  string   `json:"number"`
	Modules []Module `json:"modules"`
}

// Module is what one step of the build made.
type Module struct {
	ID           string `json:"id"`
	Artifacts    []File `json:"artifacts"`
	Dependencies []File `json:"dependencies"`
}

// File is an artifact or a dependency; a dependency has an ID in place of the name.
type File struct {
	Name   string   `json:"name"`
	ID     string   `json:"id"`
	SHA1   string   `json:"sha1"`
	Scopes []string `json:"scopes"`
}

// Status is the mark that a promotion leaves.
type Status struct {
	Status     string `json:"status"`
	Comment    string `json:"comment,omitempty"`
	Repository string `json:"repository,omitempty"`
	Timestamp  string `json:"timestamp,omitempty"`
	User       string `json:"user,omitempty"`
	CIUser     string `json:"ciUser,omitempty"`
}

// key names a build.
type key struct{ project, name, number string }

// record is a published build with what happened to it since.
type record struct {
	raw      map[string]any
	info     Info
	statuses []Status
}

// Builds holds the builds of a server. The zero value is empty and ready.
type Builds struct {
	mu     sync.Mutex
	builds map[key]*record
}

// Publish takes a build-info, or replaces the one of that name and number.
func (b *Builds) Publish(project string, content []byte) error {
	var r record
	if err := json.Unmarshal(content, &r.raw); err != nil {
		return err
	}
	if err := json.Unmarshal(content, &r.info); err != nil {
		return err
	}
	if r.info.Name == "" || r.info.Number == "" {
		return fmt.Errorf("a build needs a name and a number")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.builds == nil {
		b.builds = map[key]*record{}
	}
	b.builds[key{project, r.info.Name, r.info.Number}] = &r
	return nil
}

// Find returns a build, and the document that GET shows.
func (b *Builds) Find(project, name, number string) (info Info, document map[string]any, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	r := b.builds[key{project, name, number}]
	if r == nil {
		return Info{}, nil, false
	}
	document = map[string]any{}
	for k, v := range r.raw {
		document[k] = v
	}
	if len(r.statuses) > 0 {
		document["statuses"] = append([]Status{}, r.statuses...)
	}
	return r.info, document, true
}

// AddStatus marks a build.
func (b *Builds) AddStatus(project, name, number string, s Status) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := b.builds[key{project, name, number}]; r != nil {
		r.statuses = append(r.statuses, s)
	}
}
