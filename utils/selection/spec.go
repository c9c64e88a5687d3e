package selection

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/jfrog/jfrog-client-go/artifactory/services/utils"
	clientutils "github.com/jfrog/jfrog-client-go/utils"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/reference"
)

// Group is one group of a file spec for jf rt copy or move. It is read by client-go's rules: patterns match files, and
// the target is where a file would go.
type Group struct {
	*utils.CommonParams
	Flat bool
}

var (
	errBuild = errors.New("a file spec with a build or bundle is not for images: use build-promote for a build")
	errNoAQL = errors.New("a file spec needs a pattern or aql, and a target")
)

// query makes the search that jf would make.
func (g Group) query() (artifactory.Query, error) {
	find := g.Aql.ItemsFind
	switch {
	case g.Build != "" || g.Bundle != "":
		return artifactory.Query{}, errBuild
	case g.Target == "" || (find == "" && g.Pattern == ""):
		return artifactory.Query{}, errNoAQL
	case find == "":
		var err error
		if find, err = utils.CreateAqlBodyForSpecWithPattern(g.CommonParams); err != nil {
			return artifactory.Query{}, err
		}
	}
	q := artifactory.Query{
		Where: artifactory.Raw(find), Fields: []artifactory.Field{artifactory.Type, artifactory.SHA256},
		Descending: strings.EqualFold(g.SortOrder, "desc"), Offset: int64(g.Offset), Limit: int64(g.Limit),
	}
	for _, field := range g.SortBy {
		q.Sort = append(q.Sort, artifactory.Field(field))
	}
	return q, nil
}

// Owner is an image that may own a file. Certain tells that its manifest was found, too; else any file in any folder
// can look like it.
type Owner struct {
	Selected
	Certain bool
}

// Owners searches for the images that own the files which a group matches, with the places where jf would put their
// manifests. Files of attachments and children have no owner here: they go with their image.
func Owners(ctx context.Context, s Searcher, r Reader, g Group) ([]Owner, error) {
	query, err := g.query()
	if err != nil {
		return nil, err
	}
	found, certain := newCandidates(), map[reference.Reference]bool{}
	for item, err := range s.Search(ctx, query) {
		if err != nil {
			return nil, err
		}
		one := refOf(item)
		if item.Type == "folder" || reference.CheckPath(one.Path) != nil {
			continue
		}
		found.hold(one.Image, manifestOf(item))
		found.add(one, manifestOf(item))
		certain[one] = certain[one] || slices.Contains(manifest.FileNames(), item.Name)
	}
	images, err := found.images(ctx, r)
	if err != nil {
		return nil, err
	}
	owners := make([]Owner, 0, len(images))
	for _, one := range images {
		target, err := g.place(one)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", one, err)
		}
		owners = append(owners, Owner{Selected: Selected{Source: one, Target: target}, Certain: certain[one]})
	}
	return owners, nil
}

// place returns the tag folder into which jf would put the manifest of a tag.
func (g Group) place(r reference.Reference) (reference.Reference, error) {
	file := r.Folder(r.Tag) + "/manifest.json"
	target, filled, err := clientutils.BuildTargetPath(g.Pattern, file, g.Target, true)
	if err != nil {
		return reference.Reference{}, err
	}
	if !g.Flat && !filled {
		if strings.Contains(g.Target, "/") && !strings.HasSuffix(g.Target, "/") {
			return reference.Reference{}, fmt.Errorf("the target %q has to end in '/', or files would be renamed", g.Target)
		}
		target = path.Join(g.Target, r.Path, r.Tag) + "/"
	}
	if strings.HasSuffix(target, "/") {
		target += "manifest.json"
	}
	repo, rest, _ := strings.Cut(path.Dir(target), "/")
	image, tag := path.Split(rest)
	placed := reference.Reference{Image: reference.Image{Repo: repo, Path: path.Clean(image)}, Tag: tag}
	return placed, errors.Join(reference.CheckRepo(repo), reference.CheckPath(placed.Path), reference.CheckTag(tag))
}
