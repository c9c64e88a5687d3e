package artifactory_test

import (
	"testing"

	"github.com/jfrog/jfrog-client-go/artifactory"
	"github.com/jfrog/jfrog-client-go/artifactory/auth"
	"github.com/jfrog/jfrog-client-go/artifactory/services"
	"github.com/jfrog/jfrog-client-go/artifactory/services/utils"
	"github.com/jfrog/jfrog-client-go/config"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
)

// manager is JFrog's own client.
func manager(t *testing.T, s *double.Server) artifactory.ArtifactoryServicesManager {
	t.Helper()
	details := auth.NewArtifactoryDetails()
	details.SetUrl(s.URL())
	details.SetUser("admin")
	details.SetPassword("secret")
	c, err := config.NewConfigBuilder().SetServiceDetails(details).SetHttpRetries(0).SetThreads(1).Build()
	require.NoError(t, err)
	m, err := artifactory.New(c)
	require.NoError(t, err)
	return m
}

// Facts 10.2: JFrog's client works with the double, call by call.
func TestJFrogClientReads(t *testing.T) {
	t.Parallel()
	s := start(t)
	image, _ := putImage(s, "dev", "app", "1", "layer")
	m := manager(t, s)
	version, err := m.GetVersion()
	require.NoError(t, err)
	assert.Equal(t, "7.125.0", version)
	exists, err := m.IsRepoExists("nope")
	require.NoError(t, err)
	assert.False(t, exists)
	var repo services.DockerLocalRepositoryParams
	require.NoError(t, m.GetRepository("dev", &repo))
	assert.Equal(t, "local", repo.Rclass)

	info, err := m.FileInfo("dev/app/1/manifest.json")
	require.NoError(t, err)
	assert.Equal(t, hexOf(image), info.Checksums.Sha256)
	folder, err := m.FolderInfo("dev/app")
	require.NoError(t, err)
	assert.Contains(t, folder.Children, utils.FolderInfoChildren{Uri: "/1", Folder: true})
	properties, err := m.GetItemProps("dev/app/1")
	require.NoError(t, err)
	assert.Nil(t, properties, "4.5: no properties are no error")
	properties, err = m.GetItemProps("dev/app/1/manifest.json")
	require.NoError(t, err)
	assert.Equal(t, []string{image}, properties.Properties["docker.manifest.digest"])
}

// Facts 1, 5 and 10.2, 10.3.
func TestJFrogClientWrites(t *testing.T) {
	t.Parallel()
	s := start(t)
	image, _ := putImage(s, "dev", "app", "1", "layer")
	m := manager(t, s)
	promote := services.NewDockerPromoteParams("app", "dev", "prod")
	promote.SourceTag, promote.TargetTag, promote.Copy = "1", "2", true
	require.NoError(t, m.PromoteDocker(promote))
	assert.Equal(t, hexOf(image), s.Snapshot()["prod/app/2/manifest.json"])

	copies := services.NewMoveCopyParams()
	copies.CommonParams = &utils.CommonParams{Pattern: "dev/app/1/manifest.json", Target: "prod/flat/manifest.json"}
	copies.Flat = true
	done, failed, err := m.Copy(copies)
	require.NoError(t, err)
	assert.Equal(t, []int{1, 0}, []int{done, failed})
	assert.Equal(t, hexOf(image), s.Snapshot()["prod/flat/manifest.json"])
}
