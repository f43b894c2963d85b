#!/bin/sh
# Put together what the shards came to: ci/gather.sh FOLDER
#
# FOLDER has a folder for each shard, as run-shard.sh writes it. Prints a summary in Markdown, and writes FOLDER/timings.json
# for the next run. Fails if a test failed, or if a test of the flake is in the results of no shard.
set -eu
folder=$(cd "$1" && pwd)
gathered() {
  nix eval --raw --impure --file "$(dirname "$0")/gather.nix" --argstr results "$folder" "$1"
}
nix eval --json .#checks.x86_64-linux \
  --apply 'tests: builtins.filter (name: tests.${name} ? report) (builtins.attrNames tests)' >"$folder/expected.json"
gathered summary
gathered timings >"$folder/timings.json"
problem=$(gathered problem)
[ -z "$problem" ] || {
  echo "$problem" >&2
  exit 1
}
