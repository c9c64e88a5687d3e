#!/usr/bin/env bash
# Runs every fuzz target of the repository, one after another, for the time given (10s), and tells how many there were.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

time=${1:-10s}
count=0
while IFS=: read -r file name; do
  printf '%s %s\n' "$(dirname "$file")" "$name"
  go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" "./$(dirname "$file")"
  count=$((count + 1))
done < <(grep -rhoHE --include='*_test.go' '^func Fuzz[A-Za-z0-9]+' . | sed -e 's|^\./||' -e 's/func //' | sort)

[[ $count -gt 0 ]] || { echo 'no fuzz target was found' >&2; exit 1; }
printf '%d fuzz targets ran for %s each\n' "$count" "$time"
