package scratch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/signed-promote/signed-promote/tests/live/internal/client"
)

// lifetime of the token with fewer rights, in seconds. So short a one is not kept by the server: there is nothing to
// revoke.
const lifetime = "1800"

var errToken = errors.New("the answer has no access_token")

// Limited makes a token that may read the folder open of the source, and read and deploy, but neither delete nor
// annotate, in the target. Its scope is paths of the two repositories, so it can do nothing elsewhere. Only
// administrators may make such tokens.
func (p *Pair) Limited(ctx context.Context) (c *client.Client, token string, err error) {
	folder := Folder(p.Nonce)
	form := url.Values{
		"scope":      {"artifact:" + p.Source + "/" + folder + "/open/**:r artifact:" + p.Target + "/" + folder + "/**:r,w"},
		"expires_in": {lifetime}, "description": {Description(p.Nonce)},
	}
	answer, err := p.client.Do(ctx, client.Request{
		Method: http.MethodPost, Path: "/access/api/v1/tokens", Body: []byte(form.Encode()),
		Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
	})
	if err != nil {
		return nil, "", fmt.Errorf("making a token with fewer rights: %w", err)
	}
	if answer.Status != http.StatusOK && answer.Status != http.StatusCreated {
		return nil, "", fmt.Errorf("making a token with fewer rights: the server answers %d", answer.Status)
	}
	var issued struct {
		Token string `json:"access_token"`
	}
	if !answer.JSON(&issued) || issued.Token == "" {
		return nil, "", errToken
	}
	return p.client.As(issued.Token), issued.Token, nil
}
