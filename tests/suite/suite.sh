# Check the results of the suite, its verdict, and the report of a flaky test in it.
complain() {
  printf 'rehearse: suite: %s\n' "$*" >&2
  exit 1
}
cat "$suite/summary.txt"
"$python" "$expected" "$suite" || complain "other results than expected, see above"
status=0
(out=$NIX_BUILD_TOP/verdict . "$verdictScript") >said 2>&1 || status=$?
[ "$status" -eq 1 ] || complain "the verdict's status is $status, not 1"
for test in fails worn-out error; do
  grep -q " $test: " said || complain "the verdict does not name $test"
done
for test in passes mended; do
  ! grep -q " $test: " said || complain "the verdict names $test"
done
[ "$(cat "$report/exit-status")" -eq 0 ] || complain "the report of the flaky test does not say that it passed"
[ "$(cut -c 1-2 "$report/attempts" | tr -d '\n')" = "1 0 " ] || complain "the report does not list a failure and a pass"
[ -s "$report/report.html" ] || complain "the report has no page"
mkdir "$out"
