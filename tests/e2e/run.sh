#!/usr/bin/env bash
# Runs the end-to-end tests with the pinned tools in PATH, and fails if nothing was tested. `make e2e` builds the tools first.
#
#   tests/e2e/run.sh [OPTION…]     options of go test, such as -run Conformance
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export PATH="$PWD/../../.tools/bin:$PATH"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# What runs side by side is announced many times; only results and what tests say are of interest.
status=0
go test -tags e2e -count 1 -timeout 15m -v "$@" . 2>&1 | tee "$log" | grep -Ev '^=== (RUN|PAUSE|CONT|NAME)' || status=$?

count() { grep -cE "^ *--- $1:" "$log" || true; }
printf 'e2e: %d passed, %d failed, %d skipped\n' "$(count PASS)" "$(count FAIL)" "$(count SKIP)"
if [[ $(count PASS) -eq 0 ]]; then
  echo 'e2e: no test ran' >&2
  exit 1
fi
exit "$status"
