package scenario

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	// The plugin is built by a command that go test knows nothing of: without this it would give the results of an
	// older one.
	_ "github.com/signed-promote/signed-promote/commands"
	"github.com/signed-promote/signed-promote/tests/process"
)

// Variables that TestMain sets for the tests.
const (
	// binaryVariable names the plugin that was built.
	binaryVariable = "SIGNED_PROMOTE_SCENARIO_BINARY"
	// elsewhereVariable is the URL of a proxy that stands for every other host there is.
	elsewhereVariable = "SIGNED_PROMOTE_SCENARIO_ELSEWHERE"
	// storageHost may be asked, without credentials: the double redirects some downloads there.
	storageHost = "storage.invalid"
)

// all makes TestKilled kill the process at every request, and every command meet every hostile answer; `make sweep` and
// `make hostile` set it.
var all = flag.Bool("scenario.all", false, "try everything that a test only tries a part of")

// TestMain builds the plugin once, as the plugin registry does, and sees to it that no run sends anything to another
// host.
func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "signed-promote-scenario")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "signed-promote.exe")
	if err := process.Build(context.Background(), path, "../.."); err != nil {
		panic(err)
	}
	var strayed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Hostname() == storageHost && r.Header.Get("Authorization") == "" && r.Header.Get("X-Jfrog-Art-Api") == "" {
			return
		}
		strayed.Add(1)
		fmt.Fprintln(os.Stderr, "another host got a request that it must not get:", r.Method, r.Host, r.URL)
	}))
	defer elsewhere.Close()
	_ = os.Setenv(binaryVariable, path)
	_ = os.Setenv(elsewhereVariable, elsewhere.URL)
	code := m.Run()
	if strayed.Load() > 0 {
		return 1
	}
	return code
}
