package selection

import (
	"context"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// probe stands for what a wildcard means, where a name is needed and any will do.
const probe = "x"

// TargetOf returns where the tags of an image go. It is for one image whose tags are gone: those that go to an image
// which depends on their names have no such place.
func (d Destination) TargetOf(p Pattern, image reference.Image) (reference.Image, bool) {
	tag := strings.NewReplacer("*", probe, "?", probe).Replace(p.tag)
	if tag == "" {
		tag = probe
	}
	source := reference.Reference{Image: image, Tag: tag}
	placeholders, meant := p.Match(source)
	placed, err := d.Place(source, placeholders)
	return placed.Image, meant && err == nil
}

// OriginOf returns the tag of a source image that goes to a tag of the target: the other way round than Place. It is
// false where several could, or none.
func (d Destination) OriginOf(p Pattern, image reference.Image, target reference.Reference) (string, bool) {
	tag := target.Tag
	if !d.KeepsTags() {
		groups, ok := d.groupsIn(target.Tag)
		if !ok {
			return "", false
		}
		if tag, ok = p.filledTag(groups); !ok {
			return "", false
		}
	}
	source := reference.Reference{Image: image, Tag: tag}
	placeholders, meant := p.Match(source)
	placed, err := d.Place(source, placeholders)
	return tag, meant && err == nil && placed == target
}

var placeholder = regexp.MustCompile(`\\\{([0-9]+)\\\}`)

// groupsIn takes what stands for the placeholders out of a tag of the target.
func (d Destination) groupsIn(tag string) (map[int]string, bool) {
	expression := regexp.QuoteMeta(d.tag)
	matches := placeholder.FindAllStringSubmatch(expression, -1)
	numbers := make([]int, 0, len(matches))
	for _, match := range matches {
		n, _ := strconv.Atoi(match[1])
		numbers = append(numbers, n)
	}
	found := regexp.MustCompile("^" + placeholder.ReplaceAllString(expression, "(.*)") + "$").FindStringSubmatch(tag)
	if found == nil {
		return nil, false
	}
	groups := map[int]string{}
	for i, n := range numbers {
		groups[n] = found[i+1]
	}
	return groups, true
}

// filledTag puts the groups into the tag pattern. What a wildcard outside of them stood for is not known.
func (p Pattern) filledTag(groups map[int]string) (string, bool) {
	var tag strings.Builder
	rest := p.marked
	for n := p.before + 1; ; n++ {
		before, inside, found := strings.Cut(rest, "(")
		tag.WriteString(before)
		if !found {
			break
		}
		inside, rest, _ = strings.Cut(inside, ")")
		if known, ok := groups[n]; ok {
			inside = known
		}
		tag.WriteString(inside)
	}
	return tag.String(), !hasWildcards(tag.String()) && reference.CheckTag(tag.String()) == nil
}

// Left names the images below some folders of a repository in which something is attached to what is not there, as a
// move leaves it that was cut off while it was deleting.
func Left(ctx context.Context, s Searcher, repo, folders string) ([]reference.Image, error) {
	query := artifactory.Query{
		Where: artifactory.All(
			artifactory.Where(artifactory.Repo, artifactory.Equal, repo), artifactory.OneOf(artifactory.Name,
				manifest.FileNames()...),
			artifactory.Where(artifactory.Path, artifactory.Match, folders),
		),
		Fields: []artifactory.Field{artifactory.SHA256}, Sort: []artifactory.Field{artifactory.Path},
	}
	var images []reference.Image
	held := map[reference.Image]map[digest.Digest]bool{}
	subjects := map[reference.Image][]digest.Digest{}
	for item, err := range s.Search(ctx, query) {
		if err != nil {
			return nil, err
		}
		r := refOf(item)
		if reference.CheckPath(r.Path) != nil {
			continue
		}
		if held[r.Image] == nil {
			held[r.Image] = map[digest.Digest]bool{}
			images = append(images, r.Image)
		}
		held[r.Image][manifestOf(item)] = true
		if t, ok := reference.ParseSuffixTag(r.Tag); ok {
			subjects[r.Image] = append(subjects[r.Image], t.Subject)
		}
	}
	var left []reference.Image
	for _, image := range images {
		for _, subject := range subjects[image] {
			if !held[image][subject] {
				left = append(left, image)
				break
			}
		}
	}
	return left, nil
}

// LeftOf is Left for the images that a pattern means.
func LeftOf(ctx context.Context, s Searcher, p Pattern) ([]reference.Image, error) {
	return Left(ctx, s, p.Repo, p.image+"/*")
}

// Left is Left for the images that a group of a file spec can mean; one without a pattern tells of none.
func (g Group) Left(ctx context.Context, s Searcher) ([]reference.Image, error) {
	repo, rest, found := strings.Cut(bare(g.Pattern), "/")
	if !found || hasWildcards(repo) {
		return nil, nil
	}
	if at := strings.IndexAny(rest, wildcards); at >= 0 {
		rest = rest[:at]
	}
	// The folder of the tag, or one above it.
	return Left(ctx, s, repo, strings.TrimPrefix(path.Dir(path.Dir(rest))+"/*", "./"))
}

// OriginOf returns the tag of an image that the group means and that would go to a tag of the target, if it keeps its
// name.
func (g Group) OriginOf(image reference.Image, target reference.Reference) (string, bool) {
	source := reference.Reference{Image: image, Tag: target.Tag}
	placed, err := g.place(source)
	return target.Tag, err == nil && placed == target && g.means(source)
}

// TargetOf returns where the tags of an image go.
func (g Group) TargetOf(image reference.Image) (reference.Image, bool) {
	placed, err := g.place(reference.Reference{Image: image, Tag: probe})
	return placed.Image, err == nil
}

// means reports whether the pattern of the group can match a file of a tag.
func (g Group) means(r reference.Reference) bool {
	var expression strings.Builder
	for _, c := range bare(g.Pattern) {
		switch c {
		case '*':
			expression.WriteString(".*")
		default:
			expression.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	matcher, err := regexp.Compile("^" + expression.String() + "$")
	if err != nil {
		return false
	}
	for _, name := range append(manifest.FileNames(), "") {
		if matcher.MatchString(r.Folder(r.Tag) + "/" + name) {
			return true
		}
	}
	return false
}
