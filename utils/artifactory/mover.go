package artifactory

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/signed-promote/signed-promote/utils/reference"
)

// Copy copies a file or folder server-side. When to is an existing folder the server puts the copy inside it; callers make sure
// that a folder's target is absent.
func (c *Client) Copy(ctx context.Context, from, to string) error {
	return c.transfer(ctx, "api/copy/", from, to, false)
}

// CheckCopy asks the server whether Copy of a file would be allowed, and changes nothing. For a file the server makes all its
// checks in a dry run: include patterns, Deploy, and Delete when to exists (facts: checks per item).
func (c *Client) CheckCopy(ctx context.Context, from, to string) error {
	return c.transfer(ctx, "api/copy/", from, to, true)
}

// CheckMove is CheckCopy for a move, which needs Delete on the source too.
func (c *Client) CheckMove(ctx context.Context, from, to string) error {
	return c.transfer(ctx, "api/move/", from, to, true)
}

func (c *Client) transfer(ctx context.Context, api, from, to string, dry bool) error {
	k := call{method: http.MethodPost, path: api + from, query: url.Values{"to": {"/" + to}}}
	if dry {
		k.query.Set("dry", "1")
	}
	body, err := c.send(ctx, k, http.StatusOK)
	if err != nil {
		return err
	}
	return messages(k, body)
}

// messages turns an ERROR message in an answer of 200 into an error; some versions report that way (facts: errors of copy). An
// answer that cannot be read is left to the read back that follows every write.
func messages(k call, body []byte) error {
	var a answer
	_ = json.Unmarshal(body, &a)
	for _, m := range a.Messages {
		if strings.EqualFold(m.Level, "ERROR") {
			return &StatusError{Method: k.method, Path: k.path, Status: http.StatusOK, Text: serverText(body)}
		}
	}
	return nil
}

// promotion is the body of the promote API (facts: promotion, request). Copy is always said, since the server's default is a move.
type promotion struct {
	TargetRepo       string `json:"targetRepo"`
	DockerRepository string `json:"dockerRepository"`
	TargetRepository string `json:"targetDockerRepository"`
	Tag              string `json:"tag"`
	TargetTag        string `json:"targetTag"`
	Copy             bool   `json:"copy"`
}

// Promote lets the server copy one tag of an image, its children and its layers: one tag, always named, always a copy; a move is a
// copy and a delete later on. Success says nothing that a read back would not have to prove.
func (c *Client) Promote(ctx context.Context, source, target reference.Reference) error {
	if source.Tag == "" || target.Tag == "" {
		// The server would take every tag of the image.
		return fmt.Errorf("promoting %s to %s: no tag given", source, target)
	}
	k := call{
		method: http.MethodPost,
		path:   "api/docker/" + source.Repo + "/v2/promote",
		content: promotion{
			TargetRepo:       target.Repo,
			DockerRepository: source.Path,
			TargetRepository: target.Path,
			Tag:              source.Tag,
			TargetTag:        target.Tag,
			Copy:             true,
		},
	}
	body, err := c.send(ctx, k, http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusPartialContent)
	if err != nil {
		return err
	}
	return messages(k, body)
}
