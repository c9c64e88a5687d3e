package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"signed-promote": main})
}

// TestScripts runs the plugin as jf runs it, one process for each call. The scripts say what is expected.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("tests", "script"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("JFROG_CLI_HOME_DIR", filepath.Join(env.WorkDir, "home"))
			env.Setenv("JFROG_CLI_LOG_TIMESTAMP", "OFF")
			return nil
		},
	})
}
