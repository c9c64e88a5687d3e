package planfile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/attachment"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/manifest"
	"github.com/signed-promote/signed-promote/utils/plan"
	"github.com/signed-promote/signed-promote/utils/planfile"
	"github.com/signed-promote/signed-promote/utils/promotion"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func image(repo string) reference.Image { return reference.Image{Repo: repo, Path: "team/app"} }

// planned is the dry run of an image with nothing attached.
func planned(t *testing.T, change func(*plan.Request)) *promotion.Result {
	t.Helper()
	root, err := manifest.Parse(ocispec.MediaTypeImageManifest, []byte(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"x","digest":"sha256:`+strings.Repeat("0", 64)+`","size":1},"layers":[]}`))
	require.NoError(t, err)
	r := plan.Request{
		Source: reference.Reference{Image: image("dev"), Tag: "1.0"}, Target: reference.Reference{
			Image: image("prod"),
			Tag:   "1.0",
		},
		AllowUnsigned: true, OnConflict: plan.OnConflictMerge,
	}
	if change != nil {
		change(&r)
	}
	g := &attachment.Graph{
		Image: r.Source.Image, Root: root.Digest,
		Nodes: map[digest.Digest]manifest.Manifest{root.Digest: root},
	}
	p, err := plan.Make(r, g, plan.Target{})
	require.NoError(t, err)
	return &promotion.Result{Request: p.Request, Execution: plan.Execution{Plan: p, Warnings: p.Warnings}, Outcome: promotion.Planned}
}

func origin() planfile.Origin {
	return planfile.Origin{Command: "promote", Tool: "plug/v1", Server: "https://host/artifactory/", Time: time.Unix(0, 0)}
}

// What is read from a file asks for the same as what was written into it.
func TestRequestsSurvive(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*plan.Request){
		"defaults": nil,
		"everything": func(r *plan.Request) {
			r.Move, r.NoOverwrite, r.Pin, r.OnConflict, r.Prefix = true, true, true, plan.OnConflictKeep, "my-"
			r.Places = []plan.Mapping{{From: image("sigs"), To: image("sigs-prod")}, {From: image("more")}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result := planned(t, change)
			path := filepath.Join(t.TempDir(), "plan.json")
			_, err := planfile.New(origin(), []*promotion.Result{result}).Write(path)
			require.NoError(t, err)
			read, err := planfile.Read(path, "")
			require.NoError(t, err)
			requests, err := read.Requests()
			require.NoError(t, err)
			want := result.Request
			want.Source.Digest, want.Target.Digest = "", ""
			assert.Equal(t, []plan.Request{want}, requests)
			checker := planfile.NewChecker(read)
			require.NoError(t, checker.Check([]*promotion.Result{result}))
			require.NoError(t, checker.Approve(result))
			assert.True(t, result.Plan.Binding)
		})
	}
}

// A dry run that failed for another reason than a change is no change, and no agreement either.
func TestFailuresAreNoChanges(t *testing.T) {
	t.Parallel()
	result := planned(t, nil)
	checker := planfile.NewChecker(planfile.New(origin(), []*promotion.Result{result}))
	broken := *result
	broken.Err = &failure.Failure{Message: "the server is tired"}
	err := checker.Check([]*promotion.Result{&broken})
	require.ErrorContains(t, err, "tired")
	assert.False(t, failure.IsRefusal(err))
	broken.Err = &failure.Failure{Message: "there is no repository", Absent: true}
	assert.True(t, failure.IsRefusal(checker.Check([]*promotion.Result{&broken})))
	stranger := planned(t, func(r *plan.Request) { r.Target.Tag = "2.0" })
	assert.True(t, failure.IsRefusal(checker.Approve(stranger)))
	assert.False(t, stranger.Plan.Binding)
}

// Writing leaves the old file or the new one, and nothing beside it.
func TestWritingIsAtomic(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "plan.json")
	require.NoError(t, os.WriteFile(path, []byte("old"), 0o644))
	f := planfile.New(origin(), []*promotion.Result{planned(t, nil)})
	sum, err := f.Write(path)
	require.NoError(t, err)
	again, err := f.Write(path)
	require.NoError(t, err)
	assert.Equal(t, sum, again)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	_, err = f.Write(filepath.Join(dir, "nowhere", "plan.json"))
	require.Error(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(dir, "folder"), 0o700))
	_, err = f.Write(filepath.Join(dir, "folder"))
	require.Error(t, err)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, entries, 2, "the plan and the folder")
	_, err = planfile.Read(path, strings.Repeat("0", 64))
	assert.True(t, failure.IsRefusal(err))
	_, err = planfile.Read(path, sum)
	assert.NoError(t, err)
}
