// Command bare is a plugin that does nothing: what it costs is the price of being a JFrog CLI plugin at all. The
// plugin's own start-up is measured against it.
package main

import (
	"github.com/jfrog/jfrog-cli-core/v2/plugins"
	"github.com/jfrog/jfrog-cli-core/v2/plugins/components"
)

func main() {
	app := components.CreateApp("bare", "v0.1.0", "Does nothing.", []components.Command{{
		Name: "nothing", Description: "Does nothing.", Action: func(*components.Context) error { return nil },
	}})
	plugins.PluginMain(app)
}
