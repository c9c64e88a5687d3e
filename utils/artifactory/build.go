package artifactory

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jfrog/build-info-go/entities"
	clientservices "github.com/jfrog/jfrog-client-go/artifactory/services"
	"github.com/jfrog/jfrog-client-go/artifactory/services/utils"

	"github.com/signed-promote/signed-promote/utils/failure"
)

// Build names a build; Project is empty outside of projects.
type Build struct {
	Name, Number, Project string
}

// String returns "<name>/<number>", as jf writes it.
func (b Build) String() string { return b.Name + "/" + b.Number }

// BuildInfo reads what was published of a build. One that is not there, or hidden from this user, is
// failure.ErrNotFound.
func (c *Client) BuildInfo(ctx context.Context, b Build) (*entities.BuildInfo, error) {
	if b.Number == "LATEST" || b.Number == "LAST_RELEASE" {
		// No build has such a number; client-go would search for one.
		return nil, failure.ErrNotFound
	}
	k := call{
		method: http.MethodGet, path: "api/build/" + b.String(), escaped: "api/build/" + b.escaped(),
		theirs: escapePath("api/build/" + b.String()), query: b.query(),
	}
	var published *entities.PublishedBuildInfo
	err := c.with(ctx, k, func(s services) (err error) {
		published, _, err = s.GetBuildInfo(clientservices.BuildInfoParams{
			BuildName: b.Name, BuildNumber: b.Number,
			ProjectKey: b.Project,
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &published.BuildInfo, nil
}

// escaped returns name and number with their own slashes escaped.
func (b Build) escaped() string { return url.PathEscape(b.Name) + "/" + url.PathEscape(b.Number) }

func (b Build) query() url.Values {
	if b.Project == "" {
		return nil
	}
	return url.Values{"project": {b.Project}}
}

// BuildPromotion is how a build is promoted.
type BuildPromotion struct {
	Comment             string
	SourceRepo          string
	TargetRepo          string
	Status              string
	IncludeDependencies bool
	Copy                bool
	FailFast            bool
	Properties          map[string][]string
}

const typePromotion = "application/vnd.org.jfrog.artifactory.build.PromotionRequest+json"

// PromoteBuild lets the server promote a build: it finds the files by their checksums and build properties, and copies
// or moves them to the same paths of the target repository. It is not atomic, and says nothing that a read back would
// not have to prove.
func (c *Client) PromoteBuild(ctx context.Context, b Build, p BuildPromotion) error {
	k := call{
		method: http.MethodPost, path: "api/build/promote/" + b.String(), escaped: "api/build/promote/" + b.escaped(), query: b.query(), reports: true,
	}
	properties, same := written(p.Properties)
	if !same {
		// client-go takes properties as text, which cannot say all of them.
		return c.promoteBuildDirectly(ctx, k, p)
	}
	k.theirs = "api/build/promote/" + url.QueryEscape(b.Name) + "/" + url.QueryEscape(b.Number)
	return c.with(ctx, k, func(s services) error {
		return s.PromoteBuild(clientservices.PromotionParams{
			BuildName: b.Name, BuildNumber: b.Number, ProjectKey: b.Project,
			TargetRepo: p.TargetRepo, SourceRepo: p.SourceRepo, Status: p.Status, Comment: p.Comment,
			Copy: p.Copy, FailFast: p.FailFast, IncludeDependencies: p.IncludeDependencies, Properties: properties,
		})
	})
}

func (c *Client) promoteBuildDirectly(ctx context.Context, k call, p BuildPromotion) error {
	no := false
	content, err := json.Marshal(clientservices.BuildPromotionBody{
		Comment: p.Comment, SourceRepo: p.SourceRepo, TargetRepo: p.TargetRepo, Status: p.Status, FailFast: p.FailFast,
		Copy: &p.Copy, IncludeDependencies: &p.IncludeDependencies, DryRun: &no, Properties: p.Properties,
	})
	if err != nil {
		return err
	}
	k.header = http.Header{"Content-Type": {typePromotion}}
	return c.direct(ctx, k, content)
}

// written writes properties as client-go reads them, "key=value,value;key=value". same is false if it would read
// others.
func written(properties map[string][]string) (text string, same bool) {
	separators := strings.NewReplacer(",", `\,`, ";", `\;`)
	pairs := make([]string, 0, len(properties))
	for _, key := range slices.Sorted(maps.Keys(properties)) {
		values := make([]string, 0, len(properties[key]))
		for _, value := range properties[key] {
			values = append(values, separators.Replace(value))
		}
		pairs = append(pairs, key+"="+strings.Join(values, ","))
	}
	text = strings.Join(pairs, ";")
	read, err := utils.ParseProperties(text)
	return text, err == nil && maps.EqualFunc(read.ToMap(), properties, slices.Equal)
}

// CopiesOf makes the condition that a file is one of the manifests which a build recorded. A build-info may know SHA-1
// only.
func CopiesOf(checksums []Checksum) Criterion {
	criteria := make([]Criterion, 0, len(checksums))
	for _, sum := range checksums {
		if sum.SHA256 != "" {
			criteria = append(criteria, Where(SHA256, Equal, sum.SHA256))
			continue
		}
		criteria = append(criteria, Where(SHA1, Equal, sum.SHA1))
	}
	return Any(criteria...)
}

// Checksum names content, in hex.
type Checksum struct{ SHA256, SHA1 string }
