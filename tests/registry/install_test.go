package registry

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jfrog/jfrog-client-go/artifactory"
	"github.com/jfrog/jfrog-client-go/artifactory/auth"
	"github.com/jfrog/jfrog-client-go/artifactory/services"
	"github.com/jfrog/jfrog-client-go/artifactory/services/utils"
	"github.com/jfrog/jfrog-client-go/config"
	"github.com/jfrog/jfrog-client-go/http/httpclient"
	"github.com/jfrog/jfrog-client-go/utils/io/fileutils"
	"github.com/jfrog/jfrog-client-go/utils/io/httputils"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
)

const (
	repo   = "jfrog-cli-plugins"
	plugin = "signed-promote"
)

// platforms are the folders in which jf looks; "mac-386" is its name for darwin/amd64.
func platforms() []string {
	return strings.Fields("linux-386 linux-amd64 linux-arm linux-arm64 linux-ppc64 linux-ppc64le linux-s390x mac-386 mac-arm64 windows-amd64")
}

func executable(platform string) string {
	if strings.HasPrefix(platform, "windows") {
		return plugin + ".exe"
	}
	return plugin
}

// private is a private server of plugins.
type private struct {
	t       *testing.T
	server  *double.Server
	manager artifactory.ArtifactoryServicesManager
	client  *httpclient.HttpClient
	login   httputils.HttpClientDetails
}

func newPrivate(t *testing.T) *private {
	t.Helper()
	s := double.Start(t,
		double.WithRepository(double.Repository{Key: repo, PackageType: "generic"}),
		double.WithUser(double.User{
			Name: "publisher", Password: "secret",
			Grants: []double.Grant{{Repo: repo, Read: true, Deploy: true, Delete: true}},
		}),
		double.WithUser(double.User{Name: "developer", Password: "secret", Grants: []double.Grant{{Repo: repo, Read: true}}}))
	details := auth.NewArtifactoryDetails()
	details.SetUrl(s.URL())
	details.SetUser("publisher")
	details.SetPassword("secret")
	c, err := config.NewConfigBuilder().SetServiceDetails(details).SetHttpRetries(0).SetThreads(1).Build()
	require.NoError(t, err)
	manager, err := artifactory.New(c)
	require.NoError(t, err)
	client, err := httpclient.ClientBuilder().SetRetries(0).Build()
	require.NoError(t, err)
	return &private{
		t: t, server: s, manager: manager, client: client,
		login: httputils.HttpClientDetails{User: "developer", Password: "secret"},
	}
}

// publish does what `jf plugin publish` does: it refuses a version that is there, uploads each platform, and copies all
// to latest.
func (p *private) publish(version string) (published bool) {
	p.t.Helper()
	resp, _, err := p.client.SendHead(p.url(version), p.login, "") //nolint:bodyclose // the client has read it
	require.NoError(p.t, err)
	if resp.StatusCode == http.StatusOK {
		return false
	}
	for _, platform := range platforms() {
		file := filepath.Join(p.t.TempDir(), executable(platform))
		require.NoError(p.t, os.WriteFile(file, []byte(content(version, platform)), 0o600))
		upload := services.NewUploadParams()
		upload.CommonParams = &utils.CommonParams{
			Pattern: file,
			Target:  strings.Join([]string{repo, plugin, version, platform, executable(platform)}, "/"),
		}
		upload.Flat = true
		done, failed, err := p.manager.UploadFiles(artifactory.UploadServiceOptions{}, upload)
		require.NoError(p.t, err)
		require.Equal(p.t, []int{1, 0}, []int{done, failed}, platform)
	}
	latest := services.NewMoveCopyParams()
	latest.CommonParams = &utils.CommonParams{
		Pattern: strings.Join([]string{repo, plugin, version, "(*)"}, "/"),
		Target:  strings.Join([]string{repo, plugin, "latest", "{1}"}, "/"), Recursive: true,
	}
	latest.Flat = true
	done, failed, err := p.manager.Copy(latest)
	require.NoError(p.t, err)
	assert.Equal(p.t, []int{len(platforms()), 0}, []int{done, failed})
	return true
}

func content(version, platform string) string {
	return fmt.Sprintf("the plugin %s for %s", version, platform)
}

func (p *private) url(parts ...string) string {
	return p.server.URL() + strings.Join(append([]string{repo, plugin}, parts...), "/")
}

// install does what `jf plugin install` does: where the plugin is there already, a HEAD on the platform's folder comes
// first, and equal checksums end it; then the executable and resources.zip, which need not be there.
func (p *private) install(home, version, platform string) (installed bool, err error) {
	p.t.Helper()
	folder := filepath.Join(home, "plugins", plugin, "bin")
	path := filepath.Join(folder, executable(platform))
	if exists, err := fileutils.IsFileExists(path, false); err != nil || exists {
		details, _, err := p.client.GetRemoteFileDetails(p.url(version, platform)+"/", p.login) //nolint:bodyclose // the client has read it
		if err != nil {
			return false, err
		}
		equal, err := fileutils.IsEqualToLocalFile(path, details.Checksum.Md5, details.Checksum.Sha1)
		if err != nil || equal {
			return false, err
		}
	}
	if status := p.download(folder, version, platform, executable(platform)); status != http.StatusOK {
		return false, fmt.Errorf("server response: %d", status)
	}
	assert.Equal(p.t, http.StatusNotFound, p.download(folder, version, platform, "resources.zip"),
		"the plugin has no resources")
	return true, nil
}

func (p *private) download(folder, version, platform, name string) (status int) {
	p.t.Helper()
	resp, err := p.client.DownloadFile(&httpclient.DownloadFileDetails{ //nolint:bodyclose // the client has read it
		FileName: name, DownloadPath: p.url(version, platform, name), LocalPath: folder, LocalFileName: name,
	}, "", p.login, false, false)
	require.NoError(p.t, err)
	return resp.StatusCode
}

func TestInstallFromAPrivateServer(t *testing.T) {
	t.Parallel()
	p := newPrivate(t)
	require.True(t, p.publish("v0.1.0"))
	assert.False(t, p.publish("v0.1.0"), "a version is published once")
	for _, platform := range platforms() {
		home := t.TempDir()
		installed, err := p.install(home, "latest", platform)
		require.NoError(t, err, platform)
		assert.True(t, installed)
		p.has(home, platform, "v0.1.0")
	}
}

// has asserts that a home holds a version.
func (p *private) has(home, platform, version string) {
	p.t.Helper()
	got, err := os.ReadFile(filepath.Join(home, "plugins", plugin, "bin", executable(platform)))
	require.NoError(p.t, err)
	assert.Equal(p.t, content(version, platform), string(got))
}

func TestUpgradeFromAPrivateServer(t *testing.T) {
	t.Parallel()
	p, home := newPrivate(t), t.TempDir()
	require.True(t, p.publish("v0.1.0"))
	_, err := p.install(home, "latest", "linux-amd64")
	require.NoError(t, err)
	require.True(t, p.publish("v0.2.0"))
	_, err = p.install(home, "latest", "linux-amd64")
	require.NoError(t, err)
	p.has(home, "linux-amd64", "v0.2.0")
	_, err = p.install(home, "v0.1.0", "linux-amd64")
	require.NoError(t, err)
	p.has(home, "linux-amd64", "v0.1.0")

	_, err = p.install(home, "v0.3.0", "linux-amd64")
	assert.ErrorContains(t, err, "404", "there is no such version, and what is installed stays")
	p.has(home, "linux-amd64", "v0.1.0")
}

// Where a server does not answer for folders, jf cannot upgrade; without the plugin it installs.
func TestUpgradeWhereFoldersAreNotAnswered(t *testing.T) {
	t.Parallel()
	p, home := newPrivate(t), t.TempDir()
	require.True(t, p.publish("v0.1.0"))
	_, err := p.install(home, "latest", "linux-amd64")
	require.NoError(t, err)
	p.server.AddFault(double.Fault{Match: double.Match{Method: http.MethodHead}, Status: http.StatusNotFound})
	_, err = p.install(home, "latest", "linux-amd64")
	assert.ErrorContains(t, err, "404")
	require.NoError(t, os.RemoveAll(filepath.Join(home, "plugins", plugin)))
	installed, err := p.install(home, "latest", "linux-amd64")
	require.NoError(t, err)
	assert.True(t, installed)
}
