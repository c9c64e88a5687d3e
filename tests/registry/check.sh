#!/usr/bin/env bash
# Does what the plugin registry's checks do with a pull request: clones the repository, tidies, vets and tests it, with hardly anything
# in the environment. What the registry cannot promise is taken away: once the modules are there, neither a module nor anything else
# can be fetched.
#
#   tests/registry/check.sh [SECONDS]     how long the tests may take (600, the limit of go test itself)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

limit=${1:-600}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone --quiet . "$work/clone"
cd "$work/clone"

go mod download
go mod tidy
if ! git diff --exit-code -- go.mod go.sum; then
  echo "registry-check: 'go mod tidy' changes go.mod or go.sum: commit what it writes" >&2
  exit 1
fi

# Port 9 of this machine answers nobody, so that a request to another host fails at once.
nowhere=http://127.0.0.1:9
clean() {
  env -i PATH="$PATH" HOME="$HOME" PWD="$PWD" GOFLAGS=-mod=mod GOPROXY=off GOCACHE="$GOCACHE" GOMODCACHE="$GOMODCACHE" \
    HTTP_PROXY=$nowhere HTTPS_PROXY=$nowhere "$@"
}
GOCACHE=$(go env GOCACHE) GOMODCACHE=$(go env GOMODCACHE)

clean go vet ./...
began=$SECONDS
clean go test ./...
took=$((SECONDS - began))
echo "registry-check: go test ./... took $took s"
if [[ $took -gt $limit ]]; then
  echo "registry-check: that is more than $limit s" >&2
  exit 1
fi
