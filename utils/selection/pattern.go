// Package selection finds the images that a pattern or a file spec means, and tells where each of them goes. It sees a
// server through one search; what it finds are names of images, never what is attached to them.
package selection

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/wildcard"
)

// wildcards are any characters, "/" too, and one character.
const wildcards = "*?"

// Pattern names images of one repository: <repo>/<image pattern>[:<tag pattern>]. What stands in parentheses is a
// placeholder.
type Pattern struct {
	Repo string
	// image and tag are without parentheses; tag is empty for every tag.
	image, tag string
	// marked is the tag pattern with its parentheses, and before how many there are in the image.
	marked     string
	before     int
	expression *regexp.Regexp
}

// ParsePattern reads "<repo>/<image pattern>[:<tag pattern>]".
func ParsePattern(s string) (Pattern, error) {
	repo, rest, found := strings.Cut(s, "/")
	image, tag, tagged := strings.Cut(rest, ":")
	switch {
	case !found || image == "":
		return Pattern{}, fmt.Errorf("%q names no image: write <repo>/<image pattern>[:<tag pattern>]", s)
	case strings.Contains(rest, "@"):
		return Pattern{}, fmt.Errorf("%q names a digest, but only tags can be promoted", s)
	case tagged && tag == "":
		return Pattern{}, fmt.Errorf("%q ends in ':' without a tag; leave it out for every tag", s)
	case strings.ContainsAny(repo, wildcards):
		return Pattern{}, fmt.Errorf("%q: the repository has to be named in full; only image and tag are patterns", s)
	}
	if err := reference.CheckRepo(repo); err != nil {
		return Pattern{}, err
	}
	p := Pattern{Repo: repo, image: bare(image), tag: bare(tag), marked: tag, before: strings.Count(image, "(")}
	if err := p.check(); err != nil {
		return Pattern{}, err
	}
	if !tagged {
		tag = "*"
	}
	var err error
	if p.expression, err = regexp.Compile("^" + expressionOf(image) + ":" + expressionOf(tag) + "$"); err != nil {
		return Pattern{}, fmt.Errorf("%q: every parenthesis needs its other half", s)
	}
	return p, nil
}

// check holds what is not a wildcard to the grammar of paths and tags.
func (p Pattern) check() error {
	plain := strings.NewReplacer("*", "x", "?", "x")
	if !hasWildcards(p.image) {
		if err := reference.CheckPath(p.image); err != nil {
			return err
		}
	}
	for _, part := range strings.Split(plain.Replace(p.image), "/") {
		// What a wildcard stands for can begin and end a part with anything.
		if err := reference.CheckTag("x" + part); err != nil || part == "" || part == "." || part == ".." {
			return fmt.Errorf("%q is not the pattern of an image path: %q is not allowed in it", p.image, part)
		}
	}
	if p.tag == "" {
		return nil
	}
	return reference.CheckTag(plain.Replace(p.tag))
}

func bare(s string) string { return strings.NewReplacer("(", "", ")", "").Replace(s) }

// expressionOf turns wildcards and parentheses into those of a regular expression.
func expressionOf(pattern string) string {
	return strings.NewReplacer(`\(`, "(", `\)`, ")").Replace(wildcard.Expression(pattern, "[^:]"))
}

func hasWildcards(s string) bool { return strings.ContainsAny(s, wildcards) }

// Image returns the one image that the pattern means; false if it means several.
func (p Pattern) Image() (reference.Image, bool) {
	return reference.Image{Repo: p.Repo, Path: p.image}, !hasWildcards(p.image)
}

// Reference returns the one tag that the pattern means; false if it means several.
func (p Pattern) Reference() (reference.Reference, bool) {
	image, one := p.Image()
	return reference.Reference{Image: image, Tag: p.tag}, one && p.tag != "" && !hasWildcards(p.tag)
}

// Match reports whether a tag of an image is meant, and gives what stands for the placeholders.
func (p Pattern) Match(r reference.Reference) (placeholders []string, ok bool) {
	groups := p.expression.FindStringSubmatch(r.Path + ":" + r.Tag)
	if groups == nil || r.Repo != p.Repo {
		return nil, false
	}
	return groups[1:], true
}

// folders returns the wildcard pattern of the tag folders, which AQL calls path.
func (p Pattern) folders() string {
	if p.tag == "" {
		return p.image + "/*"
	}
	return p.image + "/" + p.tag
}

// Tagged reports whether the pattern says which tags are meant.
func (p Pattern) Tagged() bool { return p.tag != "" }
