// Package e2e runs the built plugin between real tools: cosign, notation, crane, oras and regctl push, sign and verify
// against the Artifactory double, before and after a promotion, and the OCI distribution specification's conformance
// suite runs against the double itself. The tests need the tools of tests/tools and the build tag e2e; `make e2e` sees
// to both.
package e2e
