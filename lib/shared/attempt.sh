# Rules for a run that is one of several of a test: whether it is needed. $previous has the outputs of the runs before it, the
# oldest first. $flakyUntil and $flakyRetries are of the option `flaky` of the test, if it has that.

# Say on stdout why no run is needed; fail if one is.
#
# An error of the infrastructure is run again once, whatever the test is. A failure is run again if the test is known to be flaky.
not_needed() {
  last=
  errors=0
  failures=0
  for run in ${previous:-}; do
    [ ! -e "$run/not-needed" ] || continue
    last=$(cat "$run/exit-status")
    case $last in
      0 | 2) ;;
      1 | 4) failures=$((failures + 1)) ;;
      *) errors=$((errors + 1)) ;; # 3, or the driver was killed
    esac
  done
  case $last in
    "") return 1 ;;
    0) echo "the test has passed" ;;
    2) echo "the driver refused the test (exit status 2)" ;;
    1 | 4)
      if [ -z "${flakyUntil:-}" ]; then
        echo "the test has failed, and is not known to be flaky"
      elif [ "$failures" -gt "$flakyRetries" ]; then
        echo "the test has failed $failures times (flaky.retries is $flakyRetries)"
      elif flaky_is_over; then
        echo "the test has failed, and flaky.until was $flakyUntil"
      else
        return 1
      fi
      ;;
    *)
      [ "$errors" -gt 1 ] || return 1
      echo "the error of the infrastructure was there again (exit status $last)"
      ;;
  esac
}

# Whether the date has passed up to which the test may be flaky, by the clock of the computer that builds.
flaky_is_over() {
  [ -n "${flakyUntil:-}" ] || return 1
  today=$(date -u '+%Y%m%d')
  [ "$today" -gt "$(printf %s "$flakyUntil" | tr -d -)" ]
}

# Write log.txt and junit.xml of a run that was refused because of the date, into the folder $1.
write_flaky_is_over() {
  why="flaky.until of this test was $flakyUntil: make the test reliable, or set a later date; it was not run"
  echo "$why" >"$1/log.txt"
  cat >"$1/junit.xml" <<END
<?xml version="1.0" encoding="utf-8"?>
<testsuites tests="1" failures="0" errors="1">
<testsuite name="${name:-test}" tests="1" failures="0" errors="1">
<testcase name="main" classname="${name:-test}"><error type="error" message="$why"></error></testcase>
</testsuite>
</testsuites>
END
}
