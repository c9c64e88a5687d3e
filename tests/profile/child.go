package main

import (
	"errors"
	"os"
	"runtime"
	"runtime/pprof"

	"github.com/jfrog/jfrog-cli-core/v2/plugins"
	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	"github.com/jfrog/jfrog-cli-core/v2/utils/coreutils"

	"github.com/signed-promote/signed-promote/commands"
)

// allocationRate is the number of allocated bytes for one sample.
const allocationRate = 16 << 10

// beThePlugin runs the plugin as its own main does, with profiles of its command written to files that begin with
// prefix.
func beThePlugin(prefix string, args []string) {
	runtime.MemProfileRate = allocationRate
	coreutils.SetCliExecutableName(commands.Program)
	app := commands.App("v0.0.0")
	for i := range app.Commands {
		action := app.Commands[i].Action
		app.Commands[i].Action = func(c *components.Context) error { return profiled(prefix, action, c) }
	}
	arguments, err := commands.Normalise(app, append(os.Args[:1:1], args...))
	coreutils.ExitOnErr(err)
	os.Args = arguments
	plugins.PluginMain(app)
}

// profiled takes profiles of an action. The action's error comes first: it decides the exit code.
func profiled(prefix string, action components.ActionFunc, c *components.Context) error {
	file, err := os.Create(prefix + ".cpu") //nolint:gosec // a file in the folder that was named
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	failed := action(c)
	pprof.StopCPUProfile()
	if err := errors.Join(file.Close(), writeAllocations(prefix+".allocs")); failed == nil {
		return err
	}
	return failed
}

func writeAllocations(path string) error {
	file, err := os.Create(path) //nolint:gosec // a file in a folder of this program
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("allocs").WriteTo(file, 0), file.Close())
}
