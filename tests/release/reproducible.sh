#!/usr/bin/env bash
# Builds the committed source twice, as two people would: in folders of different names, the second time with an empty build cache,
# another time zone and other rights on files. Both must be the same, byte by byte.
#
#   tests/release/reproducible.sh PLATFORM…     as in linux/amd64
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# copy lays out the committed source.
copy() {
  mkdir -p "$1"
  git archive --format=tar HEAD | tar -xf - -C "$1"
}

copy "$work/one"
copy "$work/another/folder with a longer name"
GOCACHE=$(go env GOCACHE)
export GOCACHE
(cd "$work/one" && go run ./tests/release -platforms "$*" -out "$work/first" >/dev/null)
(
  cd "$work/another/folder with a longer name"
  umask 077
  TZ=Pacific/Kiritimati GOCACHE=$work/cache go run ./tests/release -platforms "$*" -out "$work/second" >/dev/null
)
if ! diff -r "$work/first" "$work/second" >&2; then
  echo "reproducible: the two builds differ" >&2
  exit 1
fi
echo "reproducible: both builds are the same"
cat "$work/first/SHA256SUMS"
