#!/bin/sh
# Runs the OCI conformance suite against the Artifactory double. Needs Go and nothing else.
set -eu
cd "$(dirname "$0")"
exec go test -count=1 -v "$@" ./...
