# Run a test in the sandbox: the output is what the driver and the script leave in it. $flags are arguments, split by the shell.
# $seed and $load are of repetitions that have them.
#
# The driver writes into the build's own folder, which `--keep-failed` keeps; the output of a build that fails is lost.
# $keepFailure says which runs build that did not pass, with a file exit-status that says how they ended: none if it is empty; with
# 1, those with a result, which are a failure and the end of the test's time; with `always`, all. A build that fails has the exit
# status of the driver, by which programs tell an error of the infrastructure from others.
#
# A build passes only if the driver has written that the test passed: an exit status of 0 is also what an interpreter has
# that the script, or something else, ended before the driver could judge.
# shellcheck source=lib/shared/test-files.sh
. "$testFiles"
keepFailure=${keepFailure:-}
result=$NIX_BUILD_TOP/result

# A run that is one of several of the test: see attempts.nix.
if [ -n "${attemptRules:-}" ]; then
  # shellcheck source=lib/shared/attempt.sh
  . "$attemptRules"
  if reason=$(not_needed); then
    echo "no further run of the test is needed: $reason" >&2
    mkdir "$out"
    echo "$reason" >"$out/not-needed"
    exit 0
  fi
  [ -z "${attempt:-}" ] || echo "this is attempt $attempt of the test" >&2
fi
# What is built by it is another derivation, and so another run: see repeat.nix.
[ -z "${repetition:-}" ] || echo "this is repetition $repetition of the test" >&2

verdicts() { grep -a '^{"time": [0-9.e+-]*, "kind": "verdict", ' "$result/events.jsonl"; }
verdict_with='^{"time": [0-9.e+-]*, "kind": "verdict", "machine": null, "outcome":'

# Run the driver, and set $status.
# shellcheck disable=SC2120 # it has set its arguments itself
run_driver() {
  write_test_files "$NIX_BUILD_TOP"
  status=0
  eval "set -- $files_flags ${flags:-}"
  # Tests of pytest are collected before anything boots. Scripts are checked meanwhile.
  if [ -n "${testsFolder:-}" ]; then checks=; else checks="--check $checkFlags"; fi
  # Scripts find the folder for what they write by this name, as under nixpkgs' driver.
  # shellcheck disable=SC2086 # one argument a flag
  out=$result "$driver/bin/nixos-test-driver" --output_directory "$result" $checks \
    "$@" ${seed:+"--seed=$seed"} ${load:+--load} || status=$?
  if ! verdicts >"$NIX_BUILD_TOP/verdicts"; then
    if [ "$status" -gt 128 ]; then
      echo "the driver was killed by SIG$(kill -l "$status") (exit status $status) and gave no verdict: the test failed" >&2
    elif [ "$status" -eq 0 ]; then
      echo "the driver exited with status 0 and gave no verdict: the test failed (was the driver's process replaced?)" >&2
      status=1
    fi
    "$driver/bin/nixos-test-driver" --write-report "$result" || true
  elif [ "$status" -eq 0 ] && grep -av "$verdict_with \"passed\", \"exit_status\": 0, " "$NIX_BUILD_TOP/verdicts" >&2; then
    echo "the driver exited with status 0 against the verdict above: the test failed" >&2
    status=1
  elif [ "$status" -gt 128 ] && tail -n 1 "$NIX_BUILD_TOP/verdicts" | grep -aq "$verdict_with \"timed out\", " &&
    [ -n "$keepFailure" ]; then
    # With nixpkgs' policy, the driver ends as a signal would have ended it.
    status=4
  fi
}

# Whether the run builds.
is_kept() {
  case $keepFailure in
    always) ;;
    1) [ "$status" -eq 0 ] || [ "$status" -eq 1 ] || [ "$status" -eq 4 ] ;;
    *) [ "$status" -eq 0 ] ;;
  esac
}

mkdir "$result"
if [ -n "${attemptRules:-}" ] && flaky_is_over; then
  write_flaky_is_over "$result"
  cat "$result/log.txt" >&2
  status=2
else
  run_driver
fi
if ! is_kept; then
  echo "the report is in the build's folder, which --keep-failed keeps" >&2
  case $status in
    1 | 4) echo ".report of this test builds in any case" >&2 ;;
    *) echo "exit status $status is no result of the test, so that .report does not build either" >&2 ;;
  esac
  exit "$status"
fi
mkdir "$out"
cp -a "$result/." "$out"
[ -z "$keepFailure" ] || echo "$status" >"$out/exit-status"
