// Command signed-promote is a JFrog CLI plugin that promotes container images together with everything that is attached
// to them: signatures, attestations and SBOMs.
package main

import (
	"os"

	"github.com/jfrog/jfrog-cli-core/v2/plugins"
	"github.com/jfrog/jfrog-cli-core/v2/utils/coreutils"

	"github.com/signed-promote/signed-promote/commands"
)

// version is a literal because 'jf plugin publish' builds without linker flags and compares it with what -v prints.
const version = "v0.1.0"

func main() {
	coreutils.SetCliExecutableName(commands.Program)
	app := commands.App(version)
	arguments, err := commands.Normalise(app, os.Args)
	coreutils.ExitOnErr(err)
	os.Args = arguments
	plugins.PluginMain(app)
}
