package jfrog_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/jfrog"
)

func TestResolveChooses(t *testing.T) {
	newHome(t,
		entry{
			"serverId": "dev", "url": "https://dev.example/", "artifactoryUrl": "https://dev.example/artifactory/",
			"user": "u", "password": "p",
		},
		entry{
			"serverId": "prod", "artifactoryUrl": "https://prod.example:8443/artifactory", "accessToken": "t",
			"isDefault": true,
		},
	)
	for _, test := range []struct {
		name, variable string
		words          []string
		id, url        string
	}{
		{name: "the default, known by its Artifactory URL alone", id: "prod", url: "https://prod.example:8443/artifactory/"},
		{name: "the option", words: []string{"--server-id=dev"}, id: "dev", url: "https://dev.example/artifactory/"},
		{name: "the variable", variable: "dev", id: "dev", url: "https://dev.example/artifactory/"},
		{
			name: "the option before the variable", variable: "dev", words: []string{"--server-id=prod"}, id: "prod",
			url: "https://prod.example:8443/artifactory/",
		},
		{
			name: "a URL", words: []string{"--url=http://localhost:8081/artifactory"},
			url: "http://localhost:8081/artifactory/",
		},
		{
			name: "a URL with slashes", words: []string{"--url=https://rt.example//", "--user=u", "--password=p"},
			url: "https://rt.example/",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.variable != "" {
				t.Setenv("JFROG_CLI_SERVER_ID", test.variable)
			}
			server, err := jfrog.Resolve(options(test.words...), jfrog.Options{})
			require.NoError(t, err)
			assert.Equal(t, test.id, server.ID())
			assert.Equal(t, test.url, server.URL().String())
			assert.Equal(t, test.url, server.ServiceDetails().GetUrl())
		})
	}
}

func TestResolveWithoutConfiguration(t *testing.T) {
	h := newHome(t)
	_, err := jfrog.Resolve(options(), jfrog.Options{})
	require.ErrorIs(t, err, jfrog.ErrNoServer)

	_, err = jfrog.Resolve(options("--user=u", "--password=geheim"), jfrog.Options{})
	var missing *jfrog.MissingURLError
	require.ErrorAs(t, err, &missing)
	assert.Empty(t, missing.Configured)

	server, err := jfrog.Resolve(options("--url=https://rt.example/artifactory", "--access-token=t"), jfrog.Options{})
	require.NoError(t, err)
	assert.Equal(t, "Bearer t", authorization(t, server))
	assert.NoFileExists(t, h.config())
}

func TestResolveRefuses(t *testing.T) {
	newHome(t,
		entry{"serverId": "ssh", "artifactoryUrl": "ssh://rt.example:1339/", "sshKeyPath": "/k"},
		entry{"serverId": "keyed", "artifactoryUrl": "https://rt.example/artifactory/", "sshKeyPath": "/k"},
		entry{"serverId": "bare", "url": "https://rt.example/"},
	)
	const noScheme = "it must begin with https:// or http://, for example https://acme.jfrog.io/artifactory"
	for _, test := range []struct {
		words []string
		want  string
	}{
		{[]string{"--server-id=qa"}, `server ID "qa" is not configured (configured are: bare, keyed, ssh)`},
		{nil, "no configured server is the default; choose one with --server-id (configured are: bare, keyed, ssh)"},
		{[]string{"--server-id=ssh"}, `Artifactory URL "ssh://rt.example:1339/": SSH authentication cannot be used, since the registry API has no SSH login; use an access token`},
		{[]string{"--server-id=keyed"}, `Artifactory URL "https://rt.example/artifactory/": SSH authentication cannot be used, since the registry API has no SSH login; use an access token`},
		{[]string{"--server-id=bare"}, `Artifactory URL "": server ID "bare" has none; set it with 'jf config edit bare --artifactory-url <URL>'`},
		{
			[]string{"--user=u", "--password=geheim"},
			"credentials or a client certificate were given as options, but no --url; options are never combined with a configured server: " +
				"add --url, or leave them out to use a configured server (bare, keyed, ssh)",
		},
		{[]string{"--url=rt.example/artifactory"}, `Artifactory URL "rt.example/artifactory/": ` + noScheme},
		{[]string{"--url=rt.example:8081/artifactory"}, `Artifactory URL "rt.example:8081/artifactory/": ` + noScheme},
		{[]string{"--url=https:///artifactory"}, `Artifactory URL "https:///artifactory/": it names no host`},
		{[]string{"--url=https://u:geheim@rt.example/"}, `Artifactory URL "https://rt.example/": credentials do not belong into the URL; use --user and --password, or --access-token`},
		{[]string{"--url=https://u:geheim%zz@rt.example/"}, `Artifactory URL "https://rt.example/": it cannot be parsed`},
		{[]string{"--url=https://rt.example/?a=b"}, `Artifactory URL "https://rt.example/?a=b/": it must end with the path of Artifactory, without ? or #`},
	} {
		_, err := jfrog.Resolve(options(test.words...), jfrog.Options{})
		require.EqualError(t, err, test.want)
	}
}

func TestResolveBrokenConfiguration(t *testing.T) {
	h := newHome(t)
	require.NoError(t, os.WriteFile(h.config(), []byte(`{"servers": [`), 0o600))
	_, err := jfrog.Resolve(options(), jfrog.Options{})
	require.ErrorContains(t, err, "reading the JFrog CLI configuration")
}

// jf encrypts a plain configuration when it reads it with a key. From then on it is only read.
func TestResolveEncryptedConfiguration(t *testing.T) {
	h := newHome(t, entry{
		"serverId": "dev", "artifactoryUrl": "https://rt.example/", "accessToken": "secret-token",
		"isDefault": true,
	})
	t.Setenv("JFROG_CLI_ENCRYPTION_KEY", "p-4f2hQkYz8mN1xW6tR3vB7cD9eL5sA0")
	_, err := jfrog.Resolve(options(), jfrog.Options{})
	require.NoError(t, err)
	encrypted := h.read(t)
	require.NotContains(t, encrypted, "secret-token")

	server, err := jfrog.Resolve(options(), jfrog.Options{})
	require.NoError(t, err)
	assert.Equal(t, "Bearer secret-token", authorization(t, server))
	assert.Equal(t, encrypted, h.read(t))
}

func TestServerShowsNoSecrets(t *testing.T) {
	newHome(t)
	server, err := jfrog.Resolve(options("--url=https://rt.example/", "--user=u", "--password=geheim",
		"--access-token=geheim"), jfrog.Options{})
	require.NoError(t, err)
	shown := fmt.Sprintf("%v %+v %#v %s %q", server, server, server, server, server)
	assert.NotContains(t, shown, "geheim")
	assert.Contains(t, shown, "https://rt.example/")

	details := server.ServiceDetails()
	assert.Empty(t, details.GetUser()+details.GetPassword()+details.GetAccessToken())
}

func TestURLBelongsToTheCaller(t *testing.T) {
	newHome(t)
	server, err := jfrog.Resolve(options("--url=https://rt.example/"), jfrog.Options{})
	require.NoError(t, err)
	server.URL().Host = "elsewhere.example"
	assert.Equal(t, "rt.example", server.URL().Host)
}
