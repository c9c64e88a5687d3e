package jfrog

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"sync"

	"github.com/jfrog/jfrog-cli-core/v2/utils/config"
	"github.com/jfrog/jfrog-client-go/auth"
	"github.com/jfrog/jfrog-client-go/http/httpclient"
	"github.com/jfrog/jfrog-client-go/utils/log"
)

// renewing makes one step of two that cli-core takes apart: it keeps the ID of the server whose token it renews in a
// package variable that CreateArtAuthConfig sets and the renewal reads. With two servers in one process the first one's
// renewal would load, and send, the second one's token.
var renewing sync.Mutex

// login is what a request is authorised with.
type login struct {
	user, password, token string
}

// apply follows client-go's setAuthentication: a token goes before a password, and an API key that was given as a token
// is a password.
func (l login) apply(request *http.Request) {
	switch {
	case l.token != "" && httpclient.IsApiKey(l.token):
		request.SetBasicAuth(l.user, l.token)
	case l.token != "":
		request.Header.Set("Authorization", "Bearer "+l.token)
	case l.password != "":
		request.SetBasicAuth(l.user, l.password)
	}
}

// credentials are a server's login and, where the configuration has a refresh token, its renewal. Renewal is cli-core's
// own: it takes the lock of the configuration, asks the server for a new pair of tokens and stores it for jf. While the
// old token is still valid cli-core first waits 15 seconds, for requests under way.
type credentials struct {
	turn    chan struct{} // holds one element while somebody reads or renews
	details config.ServerDetails
	// renewAt is how many minutes before its end a token is renewed; neverRenew for one that cannot be.
	renewAt int64
}

const neverRenew = int64(-1)

func newCredentials(details config.ServerDetails) *credentials {
	held := &credentials{turn: make(chan struct{}, 1), details: details, renewAt: neverRenew}
	hide(held.secrets()...)
	switch {
	case details.RefreshToken != "":
		held.renewAt = auth.RefreshPlatformTokenBeforeExpiryMinutes
	case details.ArtifactoryRefreshToken != "":
		held.renewAt = auth.RefreshArtifactoryTokenBeforeExpiryMinutes
	case details.AccessToken != "" && minutesLeft(details.AccessToken) == 0:
		log.Warn("The access token of " + held.server() + " has expired and is not renewed here; " +
			"requests will be refused until 'jf login' or 'jf config edit' stored a new one.")
	}
	return held
}

// current returns the login to use now. Waiting for somebody else's renewal ends with the context; a renewal once begun
// runs to its end, since the old pair of tokens may be worthless by then and the new one must reach the configuration.
func (c *credentials) current(ctx context.Context) (login, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return login{}, ctx.Err()
	}
	if c.isDue() {
		if err := c.renew(); err != nil {
			return login{}, err
		}
	}
	return login{user: c.details.User, password: c.details.Password, token: c.details.AccessToken}, nil
}

// isDue reports whether the token is to be renewed. A token that says nothing about its end is used as it is.
func (c *credentials) isDue() bool {
	left := minutesLeft(c.details.AccessToken)
	return c.renewAt != neverRenew && left >= 0 && left <= c.renewAt
}

// renew has cli-core renew the token. A token that was just renewed is not renewed again until it is nearly over,
// whatever its lifetime; cli-core would do it, with 15 seconds of waiting, before each request if the server's tokens
// live less than 7 days. A failure while the old token is still good is a warning, and not tried again before that one
// has ended.
func (c *credentials) renew() error {
	log.Info("Renewing the access token of " + c.server() + ". This may take 15 seconds.")
	token, err := c.renewed()
	switch {
	case err == nil:
		c.details.AccessToken = token
		hide(token)
		c.renewAt = min(c.renewAt, auth.RefreshArtifactoryTokenBeforeExpiryMinutes)
		return nil
	case minutesLeft(c.details.AccessToken) > 0:
		log.Warn(c.explained(err).Error() + "; the present token is still valid and is used.")
		c.renewAt = 0
		return nil
	default:
		return c.explained(err)
	}
}

// renewed asks for a new token. CreateArtAuthConfig is called each time because it tells cli-core which server is
// meant.
func (c *credentials) renewed() (string, error) {
	renewing.Lock()
	defer renewing.Unlock()
	details, err := c.details.CreateArtAuthConfig()
	if err != nil {
		return "", err
	}
	client := details.CreateHttpClientDetails()
	if err := details.RunPreRequestFunctions(&client); err != nil {
		return "", err
	}
	return client.AccessToken, nil
}

func (c *credentials) explained(err error) error {
	hint := "log in again with 'jf login' or 'jf config edit'"
	if c.details.InsecureTls {
		hint = "jf renews tokens without --insecure-tls: put the server's CA into the security/certs folder of the JFrog CLI home"
	}
	return fmt.Errorf("renewing the access token of %s: %w (%s)", c.server(), &redactedError{err, c.secrets()}, hint)
}

// secrets are all that must not be told.
func (c *credentials) secrets() []string {
	d := c.details
	secrets := []string{d.Password, d.AccessToken, d.RefreshToken, d.ArtifactoryRefreshToken, d.SshPassphrase}
	for _, secret := range []string{d.Password, d.AccessToken} {
		if secret != "" {
			secrets = append(secrets, base64.StdEncoding.EncodeToString([]byte(d.User+":"+secret)))
		}
	}
	return secrets
}

func (c *credentials) server() string {
	if c.details.ServerId == "" {
		return c.details.ArtifactoryUrl
	}
	return fmt.Sprintf("server ID %q", c.details.ServerId)
}

// minutesLeft returns how long a token is valid, 0 for an expired one and -1 for one that does not say.
func minutesLeft(token string) int64 {
	left, err := auth.GetTokenMinutesLeft(token)
	if err != nil {
		return -1
	}
	return left
}
