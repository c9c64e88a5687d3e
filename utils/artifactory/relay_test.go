package artifactory_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/signed-promote/signed-promote/utils/artifactory"
	"github.com/signed-promote/signed-promote/utils/failure"
	"github.com/signed-promote/signed-promote/utils/transport"
)

// serve starts a server with a handler, and a client for it.
func serve(t *testing.T, handle http.HandlerFunc) (*httptest.Server, *artifactory.Client) {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server, connect(t, server.URL+"/artifactory/", nil)
}

// reads are the calls that read a JSON answer.
func reads() map[string]func(ctx context.Context, c *artifactory.Client) error {
	return map[string]func(ctx context.Context, c *artifactory.Client) error{
		"Repository": func(ctx context.Context, c *artifactory.Client) error {
			_,
				err := c.Repository(ctx, dev)
			return err
		},
		"Repositories": func(ctx context.Context, c *artifactory.Client) error { _, err := c.Repositories(ctx); return err },
		"Retention": func(ctx context.Context, c *artifactory.Client) error {
			_, _,
				err := c.Retention(ctx, dev)
			return err
		},
		"Administrator": func(ctx context.Context, c *artifactory.Client) error {
			_,
				err := c.Administrator(ctx)
			return err
		},
		"Folders": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.Folders(ctx, dev+"/app")
			return err
		},
		"FileList": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.FileList(ctx, dev+"/app")
			return err
		},
		"Creator": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.Creator(ctx, dev+"/app/f")
			return err
		},
		"Properties": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.Properties(ctx, dev+"/app")
			return err
		},
		"Version": func(ctx context.Context, c *artifactory.Client) error { _, err := c.KeepsSharedLayers(ctx); return err },
		"BuildInfo": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.BuildInfo(ctx, artifactory.Build{Name: "b", Number: "1"})
			return err
		},
	}
}

// An answer that ends too early is not taken for a whole one, though what came of it is valid. client-go does not look.
func TestAnswersThatAreCutOff(t *testing.T) {
	t.Parallel()
	for size, padding := range map[string]int{"short": 0, "long": 9 << 20} {
		for name, read := range reads() {
			t.Run(name+", "+size, func(t *testing.T) {
				t.Parallel()
				_, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					valid := "{}"
					if name == "Repositories" {
						valid = "[]"
					}
					body := valid + strings.Repeat(" ", padding)
					w.Header().Set("Content-Length", fmt.Sprint(len(body)+1))
					_, _ = io.WriteString(w, body)
				})
				assert.Error(t, read(t.Context(), c))
			})
		}
	}
}

// Calls one after another need one connection; client-go by itself would make one for each.
func TestOneConnection(t *testing.T) {
	t.Parallel()
	var connections atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/artifactory/api/repositories" {
			_, _ = io.WriteString(w, "[]")
			return
		}
		_, _ = io.WriteString(w, "{}")
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	c := connect(t, server.URL+"/artifactory/", nil)
	for name, call := range calls() {
		require.NoError(t, call(t.Context(), c), name)
	}
	for name, read := range reads() {
		require.NoError(t, read(t.Context(), c), name)
	}
	assert.Equal(t, int64(1), connections.Load())
}

// A write that is given up while it is under way may have been carried out.
func TestWritesThatAreGivenUpAreUnclear(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		if name == "Repository" || name == "Folders" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			_, c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				cancel()
				<-r.Context().Done()
			})
			err := call(ctx, c)
			var unclear *transport.UnclearError
			require.ErrorAs(t, err, &unclear)
			assert.ErrorIs(t, err, context.Canceled)
		})
	}
}

// What client-go would ask for in another way than it is meant is not asked at all.
func TestOnlyWhatIsMeantIsAsked(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(ctx context.Context, c *artifactory.Client) error{
		"a path upwards": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.Folders(ctx, dev+"/a/../b")
			return err
		},
		"an empty folder": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.Folders(ctx, dev+"//a")
			return err
		},
		"a list upwards": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.FileList(ctx, dev+"/a/..")
			return err
		},
		"properties upwards": func(ctx context.Context, c *artifactory.Client) error {
			_, err := c.Properties(ctx, dev+"/a/..")
			return err
		},
		"a query in a key": func(ctx context.Context, c *artifactory.Client) error {
			_,
				err := c.Repository(ctx, "a?b")
			return err
		},
		"the latest build":     latest("LATEST"),
		"the latest release":   latest("LAST_RELEASE"),
		"a build that goes up": latest("../1"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, c := scripted(t, http.StatusOK, "{}")
			require.Error(t, call(t.Context(), c))
			assert.Empty(t, s.requests())
		})
	}
	_, c := scripted(t, http.StatusOK, "{}")
	require.ErrorIs(t, latest("LATEST")(t.Context(), c), failure.ErrNotFound)
}

func latest(number string) func(ctx context.Context, c *artifactory.Client) error {
	return func(ctx context.Context, c *artifactory.Client) error {
		_, err := c.BuildInfo(ctx, artifactory.Build{Name: "app", Number: number})
		return err
	}
}

// Names of builds stand for themselves, in both calls; client-go escapes them in two ways, and one of them not at all.
func TestNamesOfBuilds(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"team/app": "team%2Fapp", "my app": "my%20app", "a+b": "a+b", "50%": "50%25",
		"a;b": "a%3Bb", "é": "%C3%A9",
	} {
		s, c := scripted(t, http.StatusOK, "{}")
		b := artifactory.Build{Name: name, Number: "1 a/b"}
		_, err := c.BuildInfo(t.Context(), b)
		require.NoError(t, err, name)
		require.NoError(t, c.PromoteBuild(t.Context(), b, artifactory.BuildPromotion{TargetRepo: prod}), name)
		got := s.requests()
		require.Len(t, got, 2)
		assert.Equal(t, "/artifactory/api/build/"+want+"/1%20a%2Fb", got[0].path)
		assert.Equal(t, "/artifactory/api/build/promote/"+want+"/1%20a%2Fb", got[1].path)
	}
}

// Properties arrive as they are, also those that client-go's text cannot say.
func TestPropertiesOfABuildPromotion(t *testing.T) {
	t.Parallel()
	for name, properties := range map[string]map[string][]string{
		"plain": {"a": {"1", "2"}, "b": {"x"}}, "separators": {"a": {"1,2", "3;4"}}, "an empty value": {"a": {""}},
		"a backslash at the end": {"a": {`1\`, "2"}}, "twice": {"a": {"1", "1"}}, "an equals sign": {"a": {"b=c"}},
	} {
		s, c := scripted(t, http.StatusOK, "{}")
		require.NoError(t, c.PromoteBuild(t.Context(), artifactory.Build{Name: "b", Number: "1"},
			artifactory.BuildPromotion{Properties: properties}), name)
		require.Len(t, s.requests(), 1)
		assert.JSONEq(t, asJSON(t, map[string]any{
			"dependencies": false, "copy": false, "failFast": false, "dryRun": false, "properties": properties,
		}), s.requests()[0].body, name)
		assert.Contains(t, s.requests()[0].header.Get("Content-Type"), "PromotionRequest+json")
	}
}

// A request of client-go ends when its caller does, though client-go knows no context.
func TestCallsEndWithTheirContext(t *testing.T) {
	t.Parallel()
	for name, read := range reads() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			_, c := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				cancel()
				<-r.Context().Done()
			})
			assert.ErrorIs(t, read(ctx, c), context.Canceled)
		})
	}
}
