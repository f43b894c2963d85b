# The verdict on a run that is in the store: fail as it failed, and say where its report is. Nothing runs here, also when
# Nix builds the verdict once more, and that is said.
status=$(cat "$report/exit-status")
case $status in "" | *[!0-9]*) status=3 ;; esac
# Where each file of tests has a report of its own, the first of them says when.
events=
for file in "$report/events.jsonl" "$report"/*/events.jsonl; do
  [ -n "$events" ] || [ ! -e "$file" ] || events=$file
done
began=$([ -z "$events" ] || sed -n '1s/^{"time": \([0-9]*\).*/\1/p' "$events")
began=$(date -u -d "@${began:-0}" '+%Y-%m-%d %H:%M:%S UTC')
[ "$status" -eq 0 ] || cat "$report/log.txt" >&2
if [ "$status" -eq 0 ]; then outcome=passed; else outcome="failed (exit status $status)"; fi
cat >&2 <<END
the test $outcome in its run of $began; it was not run again for this verdict
its report: $report/report.html
to run it again (Nix says then that it "may not be deterministic", because logs differ):
  nix build -L --rebuild '$reportDerivation^*'
END
# Of a test with `flaky`, the runs that took place.
if [ -e "$report/attempts" ]; then
  echo "its runs, each with its exit status:" >&2
  cat "$report/attempts" >&2
fi
[ "$status" -eq 0 ] || exit "$status"
ln -s "$report" "$out"
