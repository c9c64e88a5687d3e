#!/usr/bin/env bash
# Builds pinned command line tools into .tools/bin, each only when it is missing or its pin changed.
#
#   tests/tools/install.sh [NAME…]     without a name: every tool
#
# A tool is a folder beside this script: its go.mod names the package in a `tool` directive and the exact version, and
# its go.sum fixes every byte that is compiled. The folder's name is the name of the executable, so two major versions
# of one tool can live side by side.
set -euo pipefail

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$tools/../.." && pwd)
bin=$root/.tools/bin
stamps=$root/.tools/stamps

# pin prints what the executable depends on; time stamps would be wrong after a clone or a restored CI cache.
pin() {
  { cat "$1/go.mod" "$1/go.sum"; go version; } | cksum
}

install_tool() {
  local name=$1 dir=$tools/$1 want
  if [[ ! -f $dir/go.mod ]]; then
    echo "install.sh: no tool is called '$name'; there are: $(known | tr '\n' ' ')" >&2
    return 1
  fi
  want=$(pin "$dir")
  if [[ -x $bin/$name && $(cat "$stamps/$name" 2>/dev/null) == "$want" ]]; then
    return 0
  fi
  echo "install.sh: building $name" >&2
  # Without cgo the tools build, and behave alike, on machines with and without a C compiler.
  (cd "$dir" && GOWORK=off CGO_ENABLED=0 go build -trimpath -o "$bin/$name" tool)
  echo "$want" >"$stamps/$name"
}

known() {
  local mod
  for mod in "$tools"/*/go.mod; do
    basename "$(dirname "$mod")"
  done
}

mkdir -p "$bin" "$stamps"
if [[ $# -eq 0 ]]; then
  # shellcheck disable=SC2046 # names of folders here have no spaces
  set -- $(known)
fi
for name in "$@"; do
  install_tool "$name"
done
