#!/usr/bin/env bash
# Runs the live tests against the double as a server of its own: every statement that can be asked is confirmed, every scenario passes,
# and with a stand-in for the plugin that forgets attachments every scenario about attachments fails. `make live-double` builds it all.
#
#   tests/live/double.sh FOLDER PLUGIN     a folder with the built programs artifactory-double, live and forgetful
set -euo pipefail

programs=$1 plugin=$2

log=$(mktemp)
"$programs/artifactory-double" --listen 127.0.0.1:0 --user admin:password:token-of-the-administrator >"$log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 100); do
  [[ -s $log ]] && break
  sleep 0.1
done

# Nothing of a real server may be in the environment.
for variable in LIMITED_TOKEN USER REGISTRY NONCE SOURCE TARGET; do
  unset "SIGNED_PROMOTE_LIVE_$variable"
done
SIGNED_PROMOTE_LIVE_URL=$(head -n 1 "$log")
SIGNED_PROMOTE_LIVE_TOKEN=token-of-the-administrator
export SIGNED_PROMOTE_LIVE_URL SIGNED_PROMOTE_LIVE_TOKEN

for type in docker oci; do
  "$programs/live" --strict --package-type "$type" --plugin "$plugin" --json "$programs/$type.json" --markdown "$programs/$type.md"
done

printf '\nThe same with a promotion that forgets attachments; all of these have to fail:\n'
forgotten=$("$programs/live" --plugin "$programs/forgetful" --run '^(single|two platforms|bundle|rich|move|pin|rename|again|notation)$') && status=0 || status=$?
grep -E '^(passed|FAILED)' <<<"$forgotten" || true
if [[ $status -ne 2 ]] || ! grep -q '^9 scenarios: 0 passed, 9 failed$' <<<"$forgotten"; then
  echo 'double.sh: a scenario passed although its attachments were left behind' >&2
  exit 1
fi
