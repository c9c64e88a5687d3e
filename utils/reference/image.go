package reference

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/opencontainers/go-digest"
)

// Image names an image in Artifactory: a repository key and the path of the image in it.
type Image struct {
	Repo string
	Path string
}

// String returns "<repo>/<image path>".
func (i Image) String() string { return i.Repo + "/" + i.Path }

// Folder returns the Artifactory path of a tag or digest folder of the image: "<repo>/<image path>/<name>".
func (i Image) Folder(name string) string { return i.String() + "/" + name }

// Tagged returns "<repo>/<image path>:<tag>", as docker writes it.
func (i Image) Tagged(tag string) string { return i.String() + ":" + tag }

// Reference names one manifest of an image: by tag, or by digest, or, when both are empty, every tag of it.
type Reference struct {
	Image
	Tag    string
	Digest digest.Digest
}

// String returns the reference as it is typed: "<repo>/<image path>[:<tag>|@<digest>]".
func (r Reference) String() string {
	switch {
	case r.Digest != "":
		return r.Image.String() + "@" + r.Digest.String()
	case r.Tag != "":
		return r.Tagged(r.Tag)
	default:
		return r.Image.String()
	}
}

// Name returns the part that the registry API calls <reference>: the digest, else the tag.
func (r Reference) Name() string {
	if r.Digest != "" {
		return r.Digest.String()
	}
	return r.Tag
}

// component is one part of an image's path, as the OCI distribution specification has it. Upper case is let through,
// since Artifactory's own paths allow it and the server is the one to judge.
var component = regexp.MustCompile(`^[A-Za-z0-9]+(?:(?:\.|_|__|-+)[A-Za-z0-9]+)*$`)

// maxName is the length of the longest tag and of the longest repository key.
const maxName = 128

// isName is the grammar of tags in the OCI distribution specification, and what Artifactory accepts as a repository
// key: no separators, no colon (NameValidator). It is asked about every tag of a repository, so it is no regular
// expression.
func isName(text string) bool {
	const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"
	return text != "" && len(text) <= maxName && !strings.ContainsAny(text[:1], ".-") && strings.Trim(text,
		characters) == ""
}

// maxPath is the longest image path that is accepted; the OCI distribution specification advises 255 for host and path
// together.
const maxPath = 255

// CheckRepo reports why key cannot be the key of an Artifactory repository, or nil.
func CheckRepo(key string) error {
	if !isName(key) {
		return fmt.Errorf("%q is not a repository key", key)
	}
	return nil
}

// CheckTag reports why tag breaks the tag grammar of the OCI distribution specification, or nil.
func CheckTag(tag string) error {
	if !isName(tag) {
		return fmt.Errorf("%q is not a tag: letters, digits, '_', '.' and '-', at most 128 characters", tag)
	}
	return nil
}

// CheckPath reports why name cannot be the path of an image, or nil.
func CheckPath(name string) error {
	if len(name) > maxPath {
		return fmt.Errorf("the image path is longer than %d characters", maxPath)
	}
	if name == "" || path.Clean("/"+name) != "/"+name {
		return fmt.Errorf("%q is not an image path", name)
	}
	for _, part := range strings.Split(name, "/") {
		if !component.MatchString(part) {
			return fmt.Errorf("%q is not an image path: %q is not allowed in it", name, part)
		}
	}
	return nil
}

// ParseNameTag reads the image argument of `jf rt docker-promote`, "<image path>[:<tag>]". The tag is empty when none
// was given.
func ParseNameTag(s string) (name, tag string, err error) {
	if strings.Contains(s, "@") {
		return "", "", fmt.Errorf("%q: a digest cannot be promoted, name a tag", s)
	}
	name, tag, found := strings.Cut(s, ":")
	if err := CheckPath(name); err != nil {
		return "", "", err
	}
	if !found {
		return name, "", nil
	}
	return name, tag, CheckTag(tag)
}

// Parse reads "<repo>/<image path>[:<tag>|@<digest>]".
func Parse(s string) (Reference, error) {
	repo, rest, found := strings.Cut(s, "/")
	if !found {
		return Reference{}, fmt.Errorf("%q names no image: write <repo>/<image>[:tag|@digest]", s)
	}
	if err := CheckRepo(repo); err != nil {
		return Reference{}, err
	}
	if name, d, ok := strings.Cut(rest, "@"); ok {
		return parseDigested(repo, name, d)
	}
	name, tag, err := ParseNameTag(rest)
	return Reference{Image: Image{Repo: repo, Path: name}, Tag: tag}, err
}

func parseDigested(repo, name, text string) (Reference, error) {
	d, err := digest.Parse(text)
	if err != nil {
		return Reference{}, fmt.Errorf("%q is not a digest: %w", text, err)
	}
	return Reference{Image: Image{Repo: repo, Path: name}, Digest: d}, CheckPath(name)
}
