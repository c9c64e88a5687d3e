// Package scenario runs the plugin as users run it, one process for each command line, against the Artifactory double,
// and holds every run to what design.md guarantees: see invariants_test.go. Nothing here leaves the machine.
package scenario
