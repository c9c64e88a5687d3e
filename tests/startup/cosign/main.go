// Command cosign is a plugin that does nothing but link the code with which cosign verifies: what that costs at each
// start, before anything is verified.
package main

import (
	"github.com/jfrog/jfrog-cli-core/v2/plugins"
	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
	_ "github.com/sigstore/cosign/v3/pkg/cosign"
)

func main() {
	app := components.CreateApp("cosign", "v0.1.0", "Does nothing.", []components.Command{{
		Name: "nothing", Description: "Does nothing.", Action: func(*components.Context) error { return nil },
	}})
	plugins.PluginMain(app)
}
