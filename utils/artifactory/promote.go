package artifactory

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	clientservices "github.com/jfrog/jfrog-client-go/artifactory/services"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// Copy copies a file or folder server-side. When to is an existing folder the server puts the copy inside it; callers
// make sure that a folder's target is absent.
func (c *Client) Copy(ctx context.Context, from, to string) error {
	return c.transfer(ctx, "api/copy/", from, to, false)
}

// CheckCopy asks the server whether Copy of a file would be allowed, and changes nothing. For a file the server makes
// all its checks in a dry run: include patterns, Deploy, and Delete when to exists (contract overwrite-dry-run,
// rights-copy-new).
func (c *Client) CheckCopy(ctx context.Context, from, to string) error {
	return c.transfer(ctx, "api/copy/", from, to, true)
}

// CheckMove is CheckCopy for a move, which needs Delete on the source too.
func (c *Client) CheckMove(ctx context.Context, from, to string) error {
	return c.transfer(ctx, "api/move/", from, to, true)
}

func (c *Client) transfer(ctx context.Context, api, from, to string, dry bool) error {
	k := call{method: http.MethodPost, path: api + from, query: url.Values{"to": {"/" + to}}, reports: true}
	if dry {
		k.query.Set("dry", "1")
	}
	// client-go's service searches before each copy, answers "0 copied" without an error for what it does not find,
	// writes temporary files, and takes "*" in a name for a pattern.
	return c.direct(ctx, k, nil)
}

// Promote lets the server copy one tag of an image, its children and its layers: one tag, always named, always a copy;
// a move is a copy and a delete later on. Success says nothing that a read back would not have to prove. Only 200 is
// one: after any other answer, a 2xx too, some of it may be missing.
func (c *Client) Promote(ctx context.Context, source, target reference.Reference) error {
	if source.Tag == "" || target.Tag == "" {
		// The server would take every tag of the image.
		return fmt.Errorf("promoting %s to %s: no tag given", source, target)
	}
	k := call{method: http.MethodPost, path: "api/docker/" + source.Repo + "/v2/promote", reports: true}
	return c.with(ctx, k, func(s services) error {
		return s.PromoteDocker(clientservices.DockerPromoteParams{
			SourceRepo: source.Repo, SourceDockerImage: source.Path, SourceTag: source.Tag,
			TargetRepo: target.Repo, TargetDockerImage: target.Path, TargetTag: target.Tag,
			Copy: true,
		})
	})
}
