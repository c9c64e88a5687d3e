package artifactory_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/jfrog/jfrog-client-go/artifactory/services"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
)

func TestBuildInfo(t *testing.T) {
	t.Parallel()
	s, admin := start(t, nil)
	s.PublishBuild("proj", []byte(`{"name":"team/app","number":"7;8","modules":[{"type":"docker","id":"app:1","artifacts":[{"name":"manifest.json","sha1":"aa","sha256":"bb"}]}]}`))
	b := artifactory.Build{Name: "team/app", Number: "7;8", Project: "proj"}
	info, err := admin.BuildInfo(t.Context(), b)
	require.NoError(t, err)
	require.Len(t, info.Modules, 1)
	assert.Equal(t, "bb", info.Modules[0].Artifacts[0].Sha256)
	for _, other := range []artifactory.Build{
		{Name: "team/app", Number: "7;8"},
		{Name: "team", Number: "app/7;8", Project: "proj"},
	} {
		_, err = admin.BuildInfo(t.Context(), other)
		assert.ErrorIs(t, err, failure.ErrNotFound, other.String())
	}
}

// The request is that of JFrog's own client, field by field.
func TestPromoteBuildIsSentAsJFrogDoes(t *testing.T) {
	t.Parallel()
	s, c := scripted(t, http.StatusOK, `{"messages":[]}`)
	no := false
	for _, ours := range []artifactory.BuildPromotion{
		{TargetRepo: "prod", FailFast: true},
		{
			TargetRepo: "prod", SourceRepo: "dev", Status: "s", Comment: "c", Copy: true, IncludeDependencies: true,
			Properties: map[string][]string{"a": {"1", "2"}},
		},
	} {
		require.NoError(t, c.PromoteBuild(t.Context(), artifactory.Build{Name: "team/app", Number: "7", Project: "proj"},
			ours))
		theirs := services.BuildPromotionBody{
			Comment: ours.Comment, SourceRepo: ours.SourceRepo, TargetRepo: ours.TargetRepo, Status: ours.Status, FailFast: ours.FailFast,
			Copy: &ours.Copy, IncludeDependencies: &ours.IncludeDependencies, DryRun: &no, Properties: ours.Properties,
		}
		want, err := json.Marshal(theirs)
		require.NoError(t, err)
		sent := s.requests()[len(s.requests())-1]
		assert.JSONEq(t, string(want), sent.body)
		assert.Equal(t, "POST", sent.method)
		assert.Contains(t, sent.path, "/api/build/promote/team%2Fapp/7")
		assert.Equal(t, "application/vnd.org.jfrog.artifactory.build.PromotionRequest+json", sent.header.Get("Content-Type"))
	}
}

func TestPromoteBuildErrors(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		says   string
	}{
		"refused":             {400, `{"messages":[{"level":"ERROR","message":"no overwrite"}]}`, "no overwrite"},
		"an error in success": {200, `{"messages":[{"level":"error","message":"half done"}]}`, "half done"},
		"unknown":             {404, `{"errors":[{"status":404,"message":"No build was found"}]}`, "No build was found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, c := scripted(t, tt.status, tt.body)
			err := c.PromoteBuild(t.Context(), artifactory.Build{Name: "b", Number: "1"},
				artifactory.BuildPromotion{TargetRepo: "prod"})
			assert.ErrorContains(t, err, tt.says)
		})
	}
}
