package artifactory_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/reference"
	"github.com/signed-promote/signed-promote/utils/transport"
)

func promotion() (source, target reference.Reference) {
	return reference.Reference{Image: reference.Image{Repo: dev, Path: "team/app"}, Tag: "1.0"},
		reference.Reference{Image: reference.Image{Repo: prod, Path: "app"}, Tag: "1.0-final"}
}

// calls are all methods of the client, by name.
func calls() map[string]func(ctx context.Context, c *artifactory.Client) error {
	source, target := promotion()
	return map[string]func(ctx context.Context, c *artifactory.Client) error{
		"Repository": func(ctx context.Context, c *artifactory.Client) error { _, err := c.Repository(ctx, dev); return err },
		"Folders": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.Folders(ctx, dev+"/app")
			return err
		},
		"Copy":      func(ctx context.Context, c *artifactory.Client) error { return c.Copy(ctx, dev+"/a", prod+"/a") },
		"CheckCopy": func(ctx context.Context, c *artifactory.Client) error { return c.CheckCopy(ctx, dev+"/a", prod+"/a") },
		"CheckMove": func(ctx context.Context, c *artifactory.Client) error { return c.CheckMove(ctx, dev+"/a", prod+"/a") },
		"Promote":   func(ctx context.Context, c *artifactory.Client) error { return c.Promote(ctx, source, target) },
		"Delete":    func(ctx context.Context, c *artifactory.Client) error { return c.Delete(ctx, dev+"/a") },
		"SetProperties": func(ctx context.Context, c *artifactory.Client) error {
			return c.SetProperties(ctx, dev+"/a", map[string][]string{"k": {"v"}})
		},
		"DeployByChecksum": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.DeployByChecksum(ctx, dev+"/a", strings.Repeat("a", 64))
			return err
		},
	}
}

func TestStatusBecomesAnError(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, status := range []int{204, 400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503} {
				_, c := scripted(t, status, fmt.Sprintf(`{"errors":[{"status":%d,"message":"the server's word"}]}`, status))
				err := call(t.Context(), c)
				accepted := status == 204 && (name == "Delete" ||
					name == "SetProperties") || status == 404 && name == "DeployByChecksum"
				if accepted {
					require.NoError(t, err, status)
					continue
				}
				require.Error(t, err, status)
				notFound := status == 404 || status == 400 && name == "Repository"
				assert.Equal(t, notFound, errors.Is(err, failure.ErrNotFound), status)
				got, ok := failure.Status(err)
				if status == 400 && name == "Repository" {
					assert.False(t, ok, "not the server's 400, but its meaning")
					continue
				}
				assert.Equal(t, status, got)
				if status != 204 {
					assert.ErrorContains(t, err, "the server's word")
				}
			}
		})
	}
}

// What a write did is not known after a 5xx.
func TestWritesAreUnclearAfterServerErrors(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		_, c := scripted(t, http.StatusBadGateway, "")
		err := call(t.Context(), c)
		var unclear *transport.UnclearError
		reads := name == "Repository" || name == "Folders"
		assert.Equal(t, !reads, errors.As(err, &unclear), name)
	}
}

func TestEndOfTheContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, call := range calls() {
		s, c := scripted(t, http.StatusOK, "{}")
		require.ErrorIs(t, call(ctx, c), context.Canceled, name)
		assert.Empty(t, s.requests())
	}
}

// A sign-in page is no answer to a question. Nothing is read from it, and its 200 is no "yes".
func TestReadsOfAPage(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"page": "<html></html>", "nothing": "", "a list": "[]", "cut off": `{"children":[{`} {
		_, c := scripted(t, http.StatusOK, body)
		_, err := c.Repository(t.Context(), dev)
		require.ErrorContains(t, err, "cannot be read", name)
		_, err = c.Folders(t.Context(), dev)
		require.ErrorContains(t, err, "cannot be read", name)
		assert.NotErrorIs(t, err, failure.ErrNotFound)
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ body, want string }{
		"errors":             {`{"errors":[{"status":403,"message":"first"},{"message":"second"}]}`, "first; second"},
		"messages":           {`{"messages":[{"level":"ERROR","message":"first"},{"level":"INFO","message":"second"}]}`, "first; second"},
		"both":               {`{"errors":[{"message":"first"}],"messages":[{"message":"second"}]}`, "first; second"},
		"other JSON":         {`{"error":"denied"}`, `{"error":"denied"}`},
		"a JSON text":        {`"denied"`, `"denied"`},
		"plain text":         {"denied\n  by policy\t\r\n", "denied by policy"},
		"nothing":            {"", ""},
		"escape sequences":   {"\x1b[31mred\x1b[0m\x07\x00", "[31mred[0m"},
		"in JSON":            {`{"errors":[{"message":"a\u001b[2Jb\u009bc\u2028d\r\ne"}]}`, "a[2Jbc d e"},
		"other direction":    {"abc\u202edef\u2066g", "abcdefg"},
		"no UTF-8":           {"a\x9b\xffb", "ab"},
		"other scripts":      {"доступ запрещён 拒否", "доступ запрещён 拒否"},
		"an address":         {"see https://user:secret@host/x", "see https://host/x"},
		"exactly the limit":  {strings.Repeat("é", 500), strings.Repeat("é", 500)},
		"more than the text": {strings.Repeat("é", 501), strings.Repeat("é", 500) + "…"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, c := scripted(t, http.StatusForbidden, tt.body)
			err := c.Delete(t.Context(), dev+"/a")
			var answer *artifactory.StatusError
			require.ErrorAs(t, err, &answer)
			assert.Equal(t, tt.want, answer.Text)
			assert.Equal(t, http.StatusForbidden, answer.Status)
			assert.Equal(t, strings.TrimSuffix("DELETE docker-dev/a: 403 Forbidden: "+tt.want, ": "), err.Error())
		})
	}
}

// A path stands for itself: nothing in it may become a query, a matrix parameter or another path.
func TestPathsAreEscaped(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"a:b":              "a:b",
		"sha256:0a1b":      "sha256:0a1b",
		"a+b":              "a+b",
		"100%":             "100%25",
		"%2e%2E":           "%252e%252E",
		"a;k=v":            "a%3Bk=v",
		"a b":              "a%20b",
		"a?b#c":            "a%3Fb%23c",
		"é":                "%C3%A9",
		`a\b"c`:            "a%5Cb%22c",
		"team/app/1.0/x;y": "team/app/1.0/x%3By",
	}
	for path, want := range tests {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			s, c := scripted(t, http.StatusNoContent, "")
			require.NoError(t, c.Delete(t.Context(), dev+"/"+path))
			require.NoError(t, c.SetProperties(t.Context(), dev+"/"+path, map[string][]string{"k": {"v"}}))
			_, err := c.DeployByChecksum(t.Context(), dev+"/"+path, "x")
			require.Error(t, err)
			require.Error(t, c.Copy(t.Context(), dev+"/"+path, prod+"/"+path))
			got := s.requests()
			require.Len(t, got, 4)
			assert.Equal(t, "/artifactory/docker-dev/"+want, got[0].path)
			assert.Equal(t, "/artifactory/api/storage/docker-dev/"+want, got[1].path)
			assert.Equal(t, "/artifactory/docker-dev/"+want, got[2].path)
			assert.Equal(t, "/artifactory/api/copy/docker-dev/"+want, got[3].path)
			assert.Empty(t, got[0].query)
			assert.Equal(t, "/"+prod+"/"+path, queryOf(t, got[3]).Get("to"))
		})
	}
}

// The double takes paths apart as Artifactory does, so a file with such a name must be found again.
func TestPathsAtTheDouble(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sha256:0a1b", "a+b", "100%", "%2e", "a;k=v", "a b", "a?b#c", "é"} {
		s, c := start(t, nil)
		sha256 := s.PutFile(dev, "app/"+name+"/file", []byte("content"), nil)
		folders, err := c.Folders(t.Context(), dev+"/app")
		require.NoError(t, err, name)
		assert.Equal(t, []string{name}, folders)
		linked, err := c.DeployByChecksum(t.Context(), prod+"/app/"+name+"/file", sha256)
		require.NoError(t, err, name)
		assert.True(t, linked)
		require.NoError(t, c.Copy(t.Context(), dev+"/app/"+name+"/file", prod+"/copy/"+name+"/file"))
		require.NoError(t, c.Delete(t.Context(), dev+"/app/"+name))
		assert.Equal(t, map[string]string{
			prod + "/app/" + name + "/file": sha256, prod + "/copy/" + name + "/file": sha256,
		}, s.Snapshot())
		assert.Empty(t, s.SnapshotProperties(), "no part of a name became a property")
	}
}
