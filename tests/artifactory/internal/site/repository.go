package site

import (
	"slices"

	"github.com/signed-promote/signed-promote/tests/artifactory/internal/access"
)

// Classes of repositories, as rclass names them.
const (
	Local     = "local"
	Federated = "federated"
	Virtual   = "virtual"
	Remote    = "remote"
	// Cache is the class of the <key>-cache repository behind a remote one; it cannot be added by itself.
	Cache = "cache"
)

// Repository is the configuration of one repository.
type Repository struct {
	Key string
	// Class is "local" (also the default), "federated", "virtual" or "remote".
	Class string
	// PackageType is "docker" (also the default), "oci" or "generic".
	PackageType string
	// Description is what an administrator wrote.
	Description string
	// Members of a virtual repository, in the order in which they are searched.
	Members []string
	// DefaultDeployment is the member of a virtual repository that uploads go to.
	DefaultDeployment string
	// MaxUniqueTags is the number of tags of an image that a push leaves; 0 means all (contract eviction).
	MaxUniqueTags int
	// Includes and Excludes are Ant patterns for paths; no Includes means everything.
	Includes, Excludes []string
}

// Accepts reports whether the include and exclude patterns let a path in.
func (r Repository) Accepts(path string) bool {
	included := len(r.Includes) == 0 || access.MatchAny(r.Includes, path)
	return included && !access.MatchAny(r.Excludes, path)
}

// Stores reports whether files can be written to the repository itself.
func (r Repository) Stores() bool { return r.Class == Local || r.Class == Federated }

// IsDocker reports whether the registry API works on the repository.
func (r Repository) IsDocker() bool { return r.PackageType == "docker" || r.PackageType == "oci" }

func (r Repository) withDefaults() Repository {
	if r.Class == "" {
		r.Class = Local
	}
	if r.PackageType == "" {
		r.PackageType = "docker"
	}
	r.Members = slices.Clone(r.Members)
	return r
}
