// Package docs reads README.md and docs/ as a user would: every command line in them is run against the double, every
// option exists, every link and every test that is named is there, every message that is explained occurs in the
// source. The pipelines in docs/pipelines are run in the same way, step by step.
//
// What cannot be run here is on an explicit list with its reason (left_test.go); a command word that nobody knows
// fails. `make docs` also runs the lines of cosign and other tools, with the real ones.
package docs
