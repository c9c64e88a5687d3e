#!/usr/bin/env bash
# Runs the live tests against the double as a server of its own: what a user with an Artifactory runs is known to work, and every
# statement that can be asked is confirmed.
#
#   tests/live/double.sh LIVE DOUBLE [OPTION…]     two built programs; options of the first
set -euo pipefail

live=$1 double=$2
shift 2

log=$(mktemp)
"$double" --listen 127.0.0.1:0 --user admin:password:token-of-the-administrator >"$log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 100); do
  [[ -s $log ]] && break
  sleep 0.1
done

SIGNED_PROMOTE_LIVE_URL=$(head -n 1 "$log")
SIGNED_PROMOTE_LIVE_TOKEN=token-of-the-administrator
export SIGNED_PROMOTE_LIVE_URL SIGNED_PROMOTE_LIVE_TOKEN
for variable in LIMITED_TOKEN USER REGISTRY NONCE SOURCE TARGET; do
  unset "SIGNED_PROMOTE_LIVE_$variable"
done
"$live" --strict "$@"
