package artifactory

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/jfrog/build-info-go/entities"
)

// Build names a build; Project is empty outside of projects.
type Build struct {
	Name, Number, Project string
}

// String gives "<name>/<number>", as jf writes it.
func (b Build) String() string { return b.Name + "/" + b.Number }

// BuildInfo reads what was published of a build. One that is not there, or hidden from this user, is failure.ErrNotFound.
func (c *Client) BuildInfo(ctx context.Context, b Build) (*entities.BuildInfo, error) {
	k := call{method: http.MethodGet, path: "api/build/" + b.String(), escaped: "api/build/" + b.escaped(), query: b.query()}
	body, err := c.send(ctx, k, http.StatusOK)
	if err != nil {
		return nil, err
	}
	var published entities.PublishedBuildInfo
	if err := json.Unmarshal(body, &published); err != nil {
		return nil, fmt.Errorf("GET api/build/%s: the answer cannot be read: %w", b, err)
	}
	return &published.BuildInfo, nil
}

// escaped gives name and number with their own slashes escaped.
func (b Build) escaped() string { return url.PathEscape(b.Name) + "/" + url.PathEscape(b.Number) }

func (b Build) query() url.Values {
	if b.Project == "" {
		return nil
	}
	return url.Values{"project": {b.Project}}
}

// BuildPromotion is how a build is promoted: the body of the request, field by field as jf sends it (facts: build promotion).
type BuildPromotion struct {
	Comment             string              `json:"comment,omitempty"`
	SourceRepo          string              `json:"sourceRepo,omitempty"`
	TargetRepo          string              `json:"targetRepo,omitempty"`
	Status              string              `json:"status,omitempty"`
	IncludeDependencies bool                `json:"dependencies"`
	Copy                bool                `json:"copy"`
	FailFast            bool                `json:"failFast"`
	DryRun              bool                `json:"dryRun"`
	Properties          map[string][]string `json:"properties,omitempty"`
}

const typePromotion = "application/vnd.org.jfrog.artifactory.build.PromotionRequest+json"

// PromoteBuild lets the server promote a build: it finds the files by their checksums and build properties, and copies or moves them
// to the same paths of the target repository. It is not atomic, and says nothing that a read back would not have to prove.
func (c *Client) PromoteBuild(ctx context.Context, b Build, p BuildPromotion) error {
	k := call{
		method: http.MethodPost, path: "api/build/promote/" + b.String(), escaped: "api/build/promote/" + b.escaped(), query: b.query(),
		header: http.Header{"Content-Type": {typePromotion}}, content: p,
	}
	body, err := c.send(ctx, k, http.StatusOK)
	if err != nil {
		return err
	}
	return messages(k, body)
}

// CopiesOf makes the condition that a file is one of the manifests which a build recorded. A build-info may know SHA-1 only.
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
