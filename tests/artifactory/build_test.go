package artifactory_test

import (
	"crypto/sha1"
	"encoding/hex"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/tests/artifactory"
)

const (
	buildType     = "Content-Type: application/vnd.org.jfrog.artifactory+json"
	promotionType = "Content-Type: application/vnd.org.jfrog.artifactory.build.PromotionRequest+json"
)

// putBuilt stores a file as a build leaves it, and returns how its build-info names it.
func putBuilt(s *artifactory.Server, repo, path, name, content string) map[string]any {
	s.PutFile(repo, path+"/"+name, []byte(content), map[string][]string{"build.name": {"team/app"}, "build.number": {"7"}})
	sum := sha1.Sum([]byte(content))
	return map[string]any{"name": name, "sha1": hex.EncodeToString(sum[:])}
}

func publishBuild(t *testing.T, s *artifactory.Server, artifacts ...map[string]any) {
	t.Helper()
	info := mustJSON(map[string]any{
		"name": "team/app", "number": "7",
		"modules": []any{map[string]any{"id": "m", "type": "generic", "artifacts": artifacts}},
	})
	require.Equal(t, 204, admin(t, s).do("PUT", "api/build", string(info), buildType).status)
}

// Facts 9.1: the files of the build go to their own paths, found by checksum and properties; others with the same
// content stay.
func TestPromoteBuild(t *testing.T) {
	t.Parallel()
	for fields, moves := range map[string]bool{`"copy":true`: false, `"copy":false`: true, `"dependencies":false`: true} {
		s := start(t)
		publishBuild(t, s, putBuilt(s, "dev", "a/b", "x.jar", "x"), putBuilt(s, "dev", "a", "y.jar", "y"))
		s.PutFile("dev", "elsewhere/x.jar", []byte("x"), nil)
		r := admin(t, s).do("POST", "api/build/promote/team%2Fapp/7", `{"status":"released","comment":"c","sourceRepo":"dev","targetRepo":"prod","properties":{"q":["1","2"]},`+fields+`}`, promotionType)
		require.Equal(t, 200, r.status, r.body)
		files := slices.Sorted(maps.Keys(s.Snapshot()))
		assert.Subset(t, files, []string{"prod/a/b/x.jar", "prod/a/y.jar", "dev/elsewhere/x.jar"})
		assert.Equal(t, moves, !slices.Contains(files, "dev/a/b/x.jar"))
		assert.NotContains(t, files, "prod/elsewhere/x.jar")
		assert.Equal(t, []string{"1", "2"}, s.SnapshotProperties()["prod/a/y.jar"]["q"])
		shown := admin(t, s).do("GET", "api/build/team%2Fapp/7", "").json(t)["buildInfo"].(map[string]any)
		require.Len(t, shown["statuses"], 1)
		assert.Equal(t, "released", shown["statuses"].([]any)[0].(map[string]any)["status"])
		assert.NotNil(t, s.Build("", "team/app", "7"))
	}
}

// Facts 9.1: 404 for an unknown build, 400 with messages when nothing is found or an overwrite is not permitted.
func TestPromoteBuildFailures(t *testing.T) {
	t.Parallel()
	s := start(t, artifactory.WithUser(artifactory.User{
		Name: "deployer", Password: "x",
		Grants: []artifactory.Grant{{Repo: "*", Read: true, Deploy: true}},
	}))
	publishBuild(t, s, putBuilt(s, "dev", "a", "x.jar", "x"))
	body := `{"targetRepo":"prod","copy":true}`
	assert.Equal(t, 404, admin(t, s).do("POST", "api/build/promote/nobody/7", body, promotionType).status)
	assert.Equal(t, 404, admin(t, s).do("POST", "api/build/promote/team%2Fapp/7?project=other", body,
		promotionType).status)
	assert.Equal(t, 404, admin(t, s).do("GET", "api/build/team%2Fapp/8", "").status)
	assert.Equal(t, 415, admin(t, s).do("POST", "api/build/promote/team%2Fapp/7", body, "Content-Type: text/plain").status)
	assert.Equal(t, 400, admin(t, s).do("POST", "api/build/promote/team%2Fapp/7", `{"targetRepo":"nowhere"}`, promotionType).status)
	none := admin(t, s).do("POST", "api/build/promote/team%2Fapp/7", `{"sourceRepo":"prod","targetRepo":"dev"}`, promotionType)
	assert.Equal(t, 400, none.status)
	assert.Contains(t, none.body, "Unable to find artifacts of build")

	user := as(t, s, "deployer", "x")
	dry := user.do("POST", "api/build/promote/team%2Fapp/7", `{"targetRepo":"prod","copy":true,"dryRun":true,"status":"s"}`, promotionType)
	assert.Equal(t, 200, dry.status, dry.body)
	assert.NotContains(t, s.Snapshot(), "prod/a/x.jar")
	assert.NotContains(t, s.Build("", "team/app", "7"), "statuses")
	assert.Equal(t, 200, user.do("POST", "api/build/promote/team%2Fapp/7", body, promotionType).status)
	again := user.do("POST", "api/build/promote/team%2Fapp/7", body, promotionType)
	assert.Equal(t, 400, again.status, "it overwrites, which needs Delete")
	assert.Contains(t, again.body, "messages")
	move := user.do("POST", "api/build/promote/team%2Fapp/7", `{"sourceRepo":"dev","targetRepo":"prod"}`, promotionType)
	assert.Equal(t, 400, move.status, "a move needs Delete at the source")
}

// The knob: of several files with one checksum and the properties of the build, all or one are taken.
func TestPromoteBuildWithTwins(t *testing.T) {
	t.Parallel()
	for one, want := range map[bool]int{false: 2, true: 1} {
		s := start(t, artifactory.WithKnobs(func(k *artifactory.Knobs) { k.BuildTakesOneMatch = one }))
		publishBuild(t, s, putBuilt(s, "dev", "a", "x.jar", "x"))
		putBuilt(s, "dev", "b", "x.jar", "x")
		require.Equal(t, 200, admin(t, s).do("POST", "api/build/promote/team%2Fapp/7", `{"targetRepo":"prod"}`, promotionType).status)
		found := 0
		for path := range s.Snapshot() {
			if path == "prod/a/x.jar" || path == "prod/b/x.jar" {
				found++
			}
		}
		assert.Equal(t, want, found)
	}
}
