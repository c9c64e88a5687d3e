package selection

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// Destination says where images go: <repo>[/<image>][:<tag>], with placeholders {1}, {2}, … for what stands in
// parentheses in the pattern.
//
//	repo              the same image and tag
//	repo/image        that image, the same tag
//	repo/image:tag    that image and tag
//	repo:tag          the same image, that tag
//	repo/path/        the same image below the path, the same tag
type Destination struct {
	Repo       string
	image, tag string
}

// ParseDestination reads a destination.
func ParseDestination(s string) (Destination, error) {
	rest, tag, tagged := strings.Cut(s, ":")
	repo, image, _ := strings.Cut(rest, "/")
	switch {
	case tagged && tag == "":
		return Destination{}, fmt.Errorf("%q ends in ':' without a tag; leave it out for the same tag", s)
	case strings.HasSuffix(image, "/") && tagged, strings.ContainsAny(s, "@"+wildcards):
		return Destination{}, fmt.Errorf("%q is not <target repo>[/<image>][:<tag>]", s)
	}
	return Destination{Repo: repo, image: image, tag: tag}, reference.CheckRepo(repo)
}

// Place returns where a tag of an image goes.
func (d Destination) Place(source reference.Reference, placeholders []string) (reference.Reference, error) {
	r := reference.Reference{Image: reference.Image{Repo: d.Repo, Path: source.Path}, Tag: source.Tag}
	switch {
	case strings.HasSuffix(d.image, "/"):
		r.Path = d.image + source.Path
	case d.image != "":
		r.Path = d.image
	}
	if d.tag != "" {
		r.Tag = d.tag
	}
	var err error
	if r.Path, err = filled(r.Path, placeholders); err == nil {
		r.Tag, err = filled(r.Tag, placeholders)
	}
	if err == nil {
		err = reference.CheckPath(r.Path)
	}
	if err == nil && r.Tag != "" {
		err = reference.CheckTag(r.Tag)
	}
	return r, err
}

// KeepsTags reports whether every tag keeps its name.
func (d Destination) KeepsTags() bool { return d.tag == "" }

// filled puts what was matched in the place of {1}, {2}, ….
func filled(s string, placeholders []string) (string, error) {
	var err error
	text := regexp.MustCompile(`\{[0-9]+\}`).ReplaceAllStringFunc(s, func(name string) string {
		n, _ := strconv.Atoi(strings.Trim(name, "{}"))
		if n < 1 || n > len(placeholders) {
			err = fmt.Errorf("there are no parentheses in the source pattern for %s", name)
			return name
		}
		return placeholders[n-1]
	})
	return text, err
}
