#!/bin/sh
# Run a part of the tests: ci/run-shard.sh NUMBER/COUNT FOLDER
#
# FOLDER gets html/ (the page and all reports), junit.xml, and timings.json, which has the timings of ./timings.json as well.
# All shards must read the same timings.json: it decides which tests a shard runs.
set -eu
shard=$1 folder=$2
mkdir -p "$folder"
[ ! -e timings.json ] || cp timings.json "$folder/timings.json"

# Debian's packages. The address is that of this flake, or of a copy with a newer lock, if Debian has removed what is locked.
flake=$(nix run .#debian -- fetch)

status=0
nix run . -- test "$flake#checks.x86_64-linux" --shard "$shard" --timings "$folder/timings.json" \
  --junit "$folder/junit.xml" --html "$folder/html" || status=$?

# GitHub Actions shows these lines at the lines of the scripts that failed.
if [ "${GITHUB_ACTIONS:-}" = true ]; then
  for report in "$folder"/html/reports/*/; do
    [ ! -s "$report/github-actions.txt" ] || [ "$(cat "$report/exit-status")" = 0 ] || cat "$report/github-actions.txt"
  done
fi

# 5: tests were flaky, and nothing is worse. The page and gather.sh name them.
[ "$status" -eq 5 ] || exit "$status"
echo "some tests are flaky: see the page" >&2
