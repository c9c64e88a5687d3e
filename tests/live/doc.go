// Command live asks a real Artifactory whether it behaves as the plugin and the double of the tests assume. It makes
// two scratch repositories, checks every statement of the contract, promotes with the built plugin, verifies with real
// tools, writes a report, and removes the repositories. docs/live.md says how to run it; `make live-double` runs it
// against the double.
package main
