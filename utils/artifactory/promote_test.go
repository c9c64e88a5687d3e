package artifactory_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	double "github.com/signed-promote/signed-promote/tests/artifactory"
	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
)

func TestTransferRequests(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		send       func(ctx context.Context, c *artifactory.Client) error
		path, want string
	}{
		"copy": {
			func(ctx context.Context, c *artifactory.Client) error { return c.Copy(ctx, dev+"/a b", prod+"/c:d") },
			"copy", "",
		},
		"check copy": {
			func(ctx context.Context, c *artifactory.Client) error {
				return c.CheckCopy(ctx, dev+"/a b", prod+"/c:d")
			}, "copy", "1",
		},
		"check move": {
			func(ctx context.Context, c *artifactory.Client) error {
				return c.CheckMove(ctx, dev+"/a b", prod+"/c:d")
			}, "move", "1",
		},
	} {
		s, c := scripted(t, http.StatusOK, `{"messages":[{"level":"INFO","message":"done"}]}`)
		require.NoError(t, tt.send(t.Context(), c), name)
		got := s.requests()[0]
		assert.Equal(t, http.MethodPost, got.method)
		assert.Equal(t, "/artifactory/api/"+tt.path+"/docker-dev/a%20b", got.path)
		assert.Equal(t, "/docker-prod/c:d", queryOf(t, got).Get("to"))
		assert.Equal(t, tt.want, queryOf(t, got).Get("dry"), name)
		assert.Empty(t, got.body)
	}
}

// Some versions report a failure in an answer of 200.
func TestMessagesOfASuccess(t *testing.T) {
	t.Parallel()
	source, target := promotion()
	tests := map[string]struct{ body, fails string }{
		"error":            {`{"messages":[{"level":"INFO","message":"began"},{"level":"ERROR","message":"no \u001b[31mDelete"}]}`, "began; no [31mDelete"},
		"small letters":    {`{"messages":[{"level":"error","message":"no"}]}`, "no"},
		"warning":          {`{"messages":[{"level":"WARNING","message":"odd"}]}`, ""},
		"info":             {`{"messages":[{"level":"INFO","message":"ERROR in the text"}]}`, ""},
		"nothing":          {"", ""},
		"text":             {"Promotion ended successfully", ""},
		"unreadable":       {`{"messages":`, ""},
		"messages, a text": {`{"messages":"ERROR"}`, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, c := scripted(t, http.StatusOK, tt.body)
			for _, err := range []error{
				c.Copy(t.Context(), dev+"/a", prod+"/a"), c.CheckCopy(t.Context(), dev+"/a", prod+"/a"),
				c.CheckMove(t.Context(), dev+"/a", prod+"/a"), c.Promote(t.Context(), source, target),
			} {
				if tt.fails == "" {
					require.NoError(t, err)
					continue
				}
				var answer *artifactory.StatusError
				require.ErrorAs(t, err, &answer)
				assert.Equal(t, tt.fails, answer.Text)
				assert.Equal(t, http.StatusOK, answer.Status)
				assert.NotErrorIs(t, err, failure.ErrNotFound)
			}
		})
	}
}

func TestCopyAndItsChecks(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*double.Knobs){
		"409": nil, "200 with messages": func(k *double.Knobs) { k.CopyErrorStatus = 200 }, "own status": func(k *double.Knobs) { k.CopyErrorStatus = 0 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := start(t, change)
			sha256 := s.PutFile(dev, "app/1.0/file", []byte("new"), nil)
			s.PutFile(prod, "app/1.0/there", []byte("old"), nil)
			before := s.Snapshot()
			ctx := t.Context()
			require.NoError(t, c.CheckCopy(ctx, dev+"/app/1.0/file", prod+"/app/1.0/file"))
			require.NoError(t, c.CheckMove(ctx, dev+"/app/1.0/file", prod+"/app/1.0/file"))
			deployer := as(t, s, "deployer")
			require.NoError(t, deployer.CheckCopy(ctx, dev+"/app/1.0/file", prod+"/app/1.0/file"))
			require.Error(t, deployer.CheckMove(ctx, dev+"/app/1.0/file", prod+"/app/1.0/file"), "needs Delete at the source")
			require.Error(t, deployer.CheckCopy(ctx, dev+"/app/1.0/file", prod+"/app/1.0/there"), "needs Delete at the target")
			require.Error(t, as(t, s, "reader").CheckCopy(ctx, dev+"/app/1.0/file", prod+"/app/1.0/file"), "needs Deploy")
			require.Error(t, c.CheckCopy(ctx, dev+"/app/1.0/file", prod+"/secret/file"), "excluded")
			require.Error(t, deployer.Copy(ctx, dev+"/app/1.0/file", prod+"/app/1.0/there"))
			require.ErrorIs(t, c.CheckCopy(ctx, dev+"/missing", prod+"/missing"), failure.ErrNotFound)
			require.ErrorIs(t, c.Copy(ctx, dev+"/missing", prod+"/missing"), failure.ErrNotFound)
			assert.Equal(t, before, s.Snapshot(), "checks change nothing, refusals neither")

			require.NoError(t, c.Copy(ctx, dev+"/app/1.0/file", prod+"/app/1.0/file"))
			assert.Equal(t, sha256, s.Snapshot()[prod+"/app/1.0/file"])
			assert.Equal(t, sha256, s.Snapshot()[dev+"/app/1.0/file"])
		})
	}
}

func TestPromoteRequest(t *testing.T) {
	t.Parallel()
	source, target := promotion()
	// What is neither 200 nor an error is told of: some of the image may be missing.
	for _, status := range []int{200, 201, 202, 206} {
		s, c := scripted(t, status, "")
		err := c.Promote(t.Context(), source, target)
		told, _ := failure.Status(err)
		assert.Equal(t, status == http.StatusOK, err == nil)
		assert.True(t, err == nil || told == status)
		got := s.requests()[0]
		assert.Equal(t, http.MethodPost, got.method)
		assert.Equal(t, "/artifactory/api/docker/docker-dev/v2/promote", got.path)
		assert.Equal(t, "application/json", got.header.Get("Content-Type"))
		assert.Empty(t, got.query)
		assert.JSONEq(t, `{"targetRepo":"docker-prod","dockerRepository":"team/app","targetDockerRepository":"app",
			"tag":"1.0","targetTag":"1.0-final","copy":true}`, got.body)
	}
}

// Without a tag the server would take them all.
func TestPromoteNeedsTags(t *testing.T) {
	t.Parallel()
	source, target := promotion()
	s, c := scripted(t, http.StatusOK, "")
	require.Error(t, c.Promote(t.Context(), reference.Reference{Image: source.Image}, target))
	require.Error(t, c.Promote(t.Context(), source, reference.Reference{
		Image:  target.Image,
		Digest: digest.FromString("x"),
	}))
	assert.Empty(t, s.requests())
}

func TestPromoteAtTheDouble(t *testing.T) {
	t.Parallel()
	source, target := promotion()
	source.Repo, target.Repo = dev, "docker-next"
	for _, change := range []func(*double.Knobs){
		func(k *double.Knobs) { k.PromoteBody = double.PromoteText },
		func(k *double.Knobs) { k.PromoteBody = double.PromoteEmpty },
		func(k *double.Knobs) { k.PromoteBody = double.PromoteJSON },
	} {
		s, c := start(t, change)
		s.AddRepository(double.Repository{Key: "docker-next"})
		raw := `{"schemaVersion":2,"config":{"mediaType":"x/y","digest":"` + s.PutBlob(source.Repo, source.Path, []byte("{}")) + `","size":2},"layers":[]}`
		d := s.PutManifest(source.Repo, source.Path, source.Tag, ocispec.MediaTypeImageManifest, []byte(raw))
		require.NoError(t, c.Promote(t.Context(), source, target))
		assert.Equal(t, d, "sha256:"+s.Snapshot()[target.Folder(target.Tag)+"/manifest.json"])
		assert.Contains(t, s.Snapshot(), source.Folder(source.Tag)+"/manifest.json", "a copy")

		before := s.Snapshot()
		missing := source
		missing.Tag = "missing"
		require.ErrorIs(t, c.Promote(t.Context(), missing, target), failure.ErrNotFound)
		err := as(t, s, "reader").Promote(t.Context(), source, target)
		status, _ := failure.Status(err)
		assert.Equal(t, http.StatusForbidden, status)
		assert.Equal(t, before, s.Snapshot())
	}
}
