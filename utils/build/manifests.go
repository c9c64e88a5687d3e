// Package build finds the images of a build: it reads what the build-info recorded and searches for where that is now.
package build

import (
	"slices"
	"strings"

	"github.com/jfrog/build-info-go/entities"
)

// Manifest is a manifest that a build-info records: of an image, or of a part of one.
type Manifest struct {
	entities.Checksum
	// Module is the module that it belongs to.
	Module string
	// Image reports that the module says of itself that it is an image.
	Image bool
	// Dependency reports that the build used it and did not make it.
	Dependency bool
	// Repo is the repository that it was deployed to, if the build-info tells.
	Repo string
}

// Manifests lists the manifests among the artifacts of a build, and with dependencies among those, too. Each content is
// listed once. Modules of other types are left out: what a maven or generic module calls manifest.json may be anything.
// Very old build-infos tell no type.
func Manifests(info *entities.BuildInfo, dependencies bool) []Manifest {
	var all []Manifest
	for _, m := range info.Modules {
		isImage := slices.Contains([]string{"docker", "oci"}, strings.ToLower(string(m.Type)))
		if !isImage && m.Type != "" {
			continue
		}
		for _, a := range m.Artifacts {
			if isManifest(a.Name) {
				all = append(all, Manifest{Checksum: a.Checksum, Module: m.Id, Image: isImage, Repo: a.OriginalDeploymentRepo})
			}
		}
		for _, d := range m.Dependencies {
			if dependencies && isManifest(d.Id) {
				all = append(all, Manifest{Checksum: d.Checksum, Module: m.Id, Image: isImage, Dependency: true})
			}
		}
	}
	return once(all)
}

// isManifest reports the names under which Artifactory keeps manifests.
func isManifest(name string) bool {
	name = name[strings.LastIndex(name, "/")+1:]
	return name == "manifest.json" || name == "list.manifest.json"
}

func once(all []Manifest) []Manifest {
	known := map[string]bool{}
	return slices.DeleteFunc(all, func(m Manifest) bool {
		again := known[m.key()]
		known[m.key()] = true
		return again || m.key() == ""
	})
}

// key is the checksum that a build-info of any age has.
func (m Manifest) key() string {
	if m.Sha1 != "" {
		return m.Sha1
	}
	return m.Sha256
}
