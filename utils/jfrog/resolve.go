// Package jfrog turns jf's configuration and server options into a server that can be talked to: its URL, its
// credentials and its TLS settings. Beside main and the commands it is the only package that knows jfrog-cli-core.
//
// The configuration is only read. Two things that jf does on the way are left out on purpose: basic authentication is
// never turned into a token (that would be a request and a write), and nobody is ever asked to configure a server.
package jfrog

import (
	"cmp"
	"fmt"
	"os"
	"slices"

	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-cli-core/v2/utils/config"
	"github.com/jfrog/jfrog-cli-core/v2/utils/coreutils"
	clientutils "github.com/jfrog/jfrog-client-go/utils"
	"github.com/jfrog/jfrog-client-go/utils/log"
)

// Options are what a command says about its server beside the options that jf defines.
type Options struct {
	// DryRun keeps an expiring token from being renewed: renewal is a POST and a write to the configuration.
	DryRun bool
	// InsecureTLS accepts any server certificate.
	InsecureTLS bool
}

// Resolve finds the server that a command works on: the one that the options describe (--url with its credentials),
// else the configured one of --server-id, JFROG_CLI_SERVER_ID or the default. No request is sent, nothing is written
// and nothing is asked. Errors: ErrNoServer, *UnknownServerError, *MissingURLError, *URLError, or what reading the
// configuration failed with.
func Resolve(c *components.Context, o Options) (*Server, error) {
	found, err := find(c)
	if err != nil {
		return nil, err
	}
	details := *found
	details.InsecureTls = o.InsecureTLS
	if o.DryRun {
		withoutRenewal(&details)
	}
	base, err := baseURL(&details)
	if err != nil {
		return nil, err
	}
	details.ArtifactoryUrl = base.String()
	return newServer(details, base), nil
}

// find does what cli-core's CreateServerDetailsWithConfigOffer(c, true, Rt) does, without its offer to configure a
// server: that one asks on stdout, and fails for a CI variable that is not a boolean.
func find(c *components.Context) (*config.ServerDetails, error) {
	given := fromOptions(c)
	configured, err := config.GetAllServersConfigs()
	if err != nil {
		return nil, fmt.Errorf("reading the JFrog CLI configuration: %w", err)
	}
	switch {
	case given.Url != "":
		// For jf's Artifactory commands --url is Artifactory's own URL, not the platform's.
		given.ArtifactoryUrl, given.Url = given.Url, ""
		return given, nil
	case hasCredentials(given):
		return nil, &MissingURLError{Configured: ids(configured)}
	case len(configured) == 0:
		return nil, ErrNoServer
	case !isConfigured(given.ServerId, configured):
		return nil, &UnknownServerError{ID: given.ServerId, Known: ids(configured)}
	}
	return fromConfiguration(given.ServerId)
}

// fromOptions does what cli-core's CreateServerDetailsFromFlags does, with the options that there are. Its package
// brings the whole of jf's commands along, which would be initialised each time that jf asks for the plugin's name.
func fromOptions(c *components.Context) *config.ServerDetails {
	return &config.ServerDetails{
		Url:               clientutils.AddTrailingSlashIfNeeded(c.GetStringFlagValue("url")),
		User:              c.GetStringFlagValue("user"),
		Password:          c.GetStringFlagValue("password"),
		AccessToken:       c.GetStringFlagValue("access-token"),
		ClientCertPath:    c.GetStringFlagValue("client-cert-path"),
		ClientCertKeyPath: c.GetStringFlagValue("client-cert-key-path"),
		ServerId:          cmp.Or(c.GetStringFlagValue("server-id"), os.Getenv(coreutils.ServerID)),
	}
}

// fromConfiguration reads one server, the default if the ID is empty. A server that has a password and tokens made from
// it is used with its password, hence the last parameter ("exclude refreshable tokens").
func fromConfiguration(id string) (*config.ServerDetails, error) {
	details, err := config.GetSpecificConfig(id, true, true)
	if err != nil {
		return nil, fmt.Errorf("reading the JFrog CLI configuration: %w", err)
	}
	log.Debug(fmt.Sprintf("Using <%s> server-id configuration", details.ServerId))
	return details, nil
}

// hasCredentials reports whether anything but the URL, the ID and --insecure-tls was given as an option.
func hasCredentials(d *config.ServerDetails) bool {
	return slices.ContainsFunc(
		[]string{d.User, d.Password, d.AccessToken, d.ClientCertPath, d.ClientCertKeyPath},
		func(value string) bool { return value != "" })
}

// isConfigured reports whether a server has the ID or, for an empty one, is the default.
func isConfigured(id string, servers []*config.ServerDetails) bool {
	return slices.ContainsFunc(servers, func(server *config.ServerDetails) bool {
		return (id == "" && server.IsDefault) || (id != "" && server.ServerId == id)
	})
}

// ids returns the server IDs, sorted.
func ids(servers []*config.ServerDetails) []string {
	names := make([]string, 0, len(servers))
	for _, server := range servers {
		names = append(names, server.ServerId)
	}
	slices.Sort(names)
	return names
}

// withoutRenewal removes what cli-core would renew the access token with.
func withoutRenewal(details *config.ServerDetails) {
	details.RefreshToken = ""
	details.ArtifactoryRefreshToken = ""
}
