#!/bin/sh
# Run all tests, for cron: ci/nightly.sh FOLDER [KEPT]
#
#   30 2 * * * /srv/project/ci/nightly.sh /var/www/tests
#
# FOLDER gets a folder for each run, with the page and all reports, and a link `latest`; the last KEPT runs stay (default 30).
# It prints nothing when all tests pass, so that cron sends mail only when something is wrong.
set -eu
umask 022
mkdir -p "$1"
folder=$(cd "$1" && pwd) kept=${2:-30}
cd "$(dirname "$0")/.."

exec 9>"$folder/.lock"
flock -n 9 || {
  echo "the run before this one has not ended: $folder/.lock is locked" >&2
  exit 75
}
run=$folder/$(date -u +%Y-%m-%dT%H%M%SZ)
mkdir "$run"

status=0
{
  git pull --quiet --ff-only &&
    flake=$(nix run .#debian -- fetch) &&
    nix run . -- test "$flake#checks.x86_64-linux" --timings "$folder/timings.json" \
      --junit "$run/junit.xml" --html "$run"
} >"$run/output.txt" 2>&1 || status=$?

ln -sfn "${run##*/}" "$folder/latest"
find "$folder" -mindepth 1 -maxdepth 1 -type d -name '2*Z' | sort -r | tail -n "+$((kept + 1))" | while read -r old; do
  chmod -R u+w "$old"
  rm -r "$old"
done
if [ "$status" -ne 0 ]; then
  tail -n 40 "$run/output.txt"
  echo "exit status $status: $run"
fi
exit "$status"
