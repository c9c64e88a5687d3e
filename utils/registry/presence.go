package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/opencontainers/go-digest"

	"github.com/signed-promote/signed-promote/utils/memo"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/transport"
)

// presence holds what a run was told about the referrers API of each repository: it is there for all digests or for
// none.
type presence struct {
	mu   sync.Mutex
	seen map[string]bool
	// bare reports where the API is absent without a mark of the server's own: see bareAbsence.
	bare memo.Map[string, bool]
}

// note takes what one answer says. Two that contradict each other prove neither, and a list that was taken for absent
// is a loss.
func (p *presence) note(image reference.Image, there bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen == nil {
		p.seen = map[string]bool{}
	}
	if before, known := p.seen[image.Repo]; known && before != there {
		return &ContradictionError{Repo: image.Repo}
	}
	p.seen[image.Repo] = there
	return nil
}

// known reports what was noted.
func (p *presence) known(repo string) (there, known bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	there, known = p.seen[repo]
	return there, known
}

// ContradictionError is a referrers API that is there for one digest of a repository and absent for another one.
type ContradictionError struct{ Repo string }

// Error names the repository.
func (e *ContradictionError) Error() string {
	return fmt.Sprintf("the referrers API of %s answered for one digest and was absent for another, so what it lists cannot be relied on", e.Repo)
}

// Advice reports what can be done.
func (e *ContradictionError) Advice() string {
	return "A node of the server, or a proxy before it, does not answer as the others do. Run the same command again when all are up."
}

// A bare 404 is either a server without the API, whose router answers for paths that it does not know, or a router
// whose Artifactory is not ready. It is the former if the registry itself answers while the API does not, so many times
// in a row. Each time the API is asked twice, so that a router which fails at every second request cannot meet the API
// alone.
const (
	bareLooks = 3
	bareAsks  = 2
)

// bareAbsence reports whether a repository has no referrers API although its 404 has no mark of the server's own.
func (c *Client) bareAbsence(ctx context.Context, image reference.Image, subject digest.Digest) (bool, error) {
	return c.presence.bare.Get(image.Repo, func() (bool, error) {
		for range bareLooks {
			if err := c.answers(ctx, image.Repo); err != nil {
				return false, err
			}
			for range bareAsks {
				_, _, err := c.listReferrers(transport.Unrepeated(ctx), image, subject)
				if !isBare(err) {
					return false, err
				}
			}
		}
		return true, nil
	})
}

// answers asks whether the registry of a repository is up.
func (c *Client) answers(ctx context.Context, repo string) error {
	address := c.base.JoinPath("api/docker", repo, "v2/").String()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return transport.Bare(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the registry of %s answered %d %s", repo, resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return nil
}

// bareError is a 404 without marks for the first page of a list, which may mean that there is no API. A later page that
// is missing means that the list is not whole.
type bareError struct{ error }

// Unwrap returns the answer.
func (e bareError) Unwrap() error { return e.error }

// markBare reports the first page's bare 404 from other errors.
func markBare(err error, pages int) error {
	var unmarked *transport.UnmarkedError
	if pages == 0 && errors.As(err, &unmarked) {
		return bareError{err}
	}
	return err
}

func isBare(err error) bool {
	var bare bareError
	return errors.As(err, &bare)
}
