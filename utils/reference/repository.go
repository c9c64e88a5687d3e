package reference

// Repository is what a server tells about one of its repositories. Class is local, federated, virtual or remote;
// PackageType is docker, oci, generic and so on; both in lower case.
type Repository struct {
	Key         string
	Class       string
	PackageType string
	// MaxUniqueTags is how many tags of an image the repository keeps; 0 is all, or what a user who is no admin is not
	// told.
	MaxUniqueTags int
}

// HoldsImages reports whether images are stored in the repository itself, so that they can be promoted from and to it.
func (r Repository) HoldsImages() bool {
	return (r.Class == "local" || r.Class == "federated") && (r.PackageType == "docker" || r.PackageType == "oci")
}

// MayRefuseTags reports whether some versions of Artifactory refuse to promote single tags of such a repository.
func (r Repository) MayRefuseTags() bool { return r.PackageType != "docker" || r.Class == "federated" }

// Retention is what a repository's configuration says about tags that are removed by themselves.
type Retention struct {
	// MaxUniqueTags is the number of tags of an image that a push leaves; 0 means all. Signatures that are tags count.
	MaxUniqueTags int
	// TagRetention is how many revisions of an overwritten tag are kept; 1 is the last one alone.
	TagRetention int
}
