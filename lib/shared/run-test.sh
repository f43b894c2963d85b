# Run a test in the sandbox: the output is what the driver and the script leave in it. $flags are arguments, split by the shell.
#
# The driver writes into the build's own folder, which `--keep-failed` keeps; the output of a build that fails is lost.
# With keepFailure=1, a test that fails builds as well, and the file exit-status says how it ended.
#
# A build passes only if the driver has written that the test passed: an exit status of 0 is also what an interpreter has
# that the script, or something else, ended before the driver could judge.
# shellcheck source=lib/shared/test-files.sh
. "$testFiles"
# What is built by it is another derivation, and so another run: see repeat.nix.
[ -z "${repetition:-}" ] || echo "this is repetition $repetition of the test" >&2
verdicts() { grep -a '^{"time": [0-9.e+-]*, "kind": "verdict", ' "$result/events.jsonl"; }
passed='^{"time": [0-9.e+-]*, "kind": "verdict", "machine": null, "outcome": "passed", "exit_status": 0, '
write_test_files "$NIX_BUILD_TOP"
result=$NIX_BUILD_TOP/result
mkdir "$result"
status=0
eval "set -- $files_flags ${flags:-}"
# Tests of pytest are collected before anything boots. Scripts are checked meanwhile.
if [ -n "${testsFolder:-}" ]; then checks=; else checks="--check $checkFlags"; fi
# Scripts find the folder for what they write by this name, as under nixpkgs' driver.
# shellcheck disable=SC2086 # one argument a flag
out=$result "$driver/bin/nixos-test-driver" --output_directory "$result" $checks "$@" || status=$?
if ! verdicts >"$NIX_BUILD_TOP/verdicts"; then
  if [ "$status" -gt 128 ]; then
    echo "the driver was killed by SIG$(kill -l "$status") (exit status $status) and gave no verdict: the test failed" >&2
  elif [ "$status" -eq 0 ]; then
    echo "the driver exited with status 0 and gave no verdict: the test failed (was the driver's process replaced?)" >&2
    status=1
  fi
  "$driver/bin/nixos-test-driver" --write-report "$result" || true
elif [ "$status" -eq 0 ] && grep -av "$passed" "$NIX_BUILD_TOP/verdicts" >&2; then
  echo "the driver exited with status 0 against the verdict above: the test failed" >&2
  status=1
fi
# A signal is nobody's verdict: whoever sent it wants no result.
if [ "$status" -gt 128 ] || { [ "$status" -ne 0 ] && [ -z "${keepFailure:-}" ]; }; then
  echo "the report is in the build's folder, which --keep-failed keeps; .report of this test builds in any case" >&2
  exit "$status"
fi
mkdir "$out"
cp -a "$result/." "$out"
[ -z "${keepFailure:-}" ] || echo "$status" >"$out/exit-status"
