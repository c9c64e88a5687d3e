package option

import (
	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"

	"github.com/signed-promote/signed-promote/utils/jfrog"
)

// Server chooses the server, with the names and the wording of jf.
type Server struct {
	InsecureTLS bool
}

// Flags declares the options.
func (*Server) Flags() []components.Flag {
	return []components.Flag{
		components.NewStringFlag("server-id", "Server ID configured using the 'jf config' command."),
		components.NewStringFlag("url", "JFrog Artifactory URL. (example: https://acme.jfrog.io/artifactory)"),
		components.NewStringFlag("user", "JFrog username."),
		components.NewStringFlag("password", "JFrog password."),
		components.NewStringFlag("access-token", "JFrog access token."),
		components.NewStringFlag("client-cert-path", "Client certificate file in PEM format."),
		components.NewStringFlag("client-cert-key-path", "Private key file for the client certificate in PEM format."),
		components.NewBoolFlag("insecure-tls", "Set to true to skip TLS certificates verification."),
	}
}

// Parse leaves the rest to jfrog.Resolve: which server is meant depends on the configuration, too.
func (o *Server) Parse(c *components.Context) error {
	o.InsecureTLS = c.GetBoolFlagValue("insecure-tls")
	return nil
}

// Resolve finds the server that the options and the configuration mean.
func (o *Server) Resolve(c *components.Context, dryRun bool) (*jfrog.Server, error) {
	return jfrog.Resolve(c, jfrog.Options{DryRun: dryRun, InsecureTLS: o.InsecureTLS})
}
