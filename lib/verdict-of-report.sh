# The verdict on a test that has run already: fail as it failed, and say where its report is. Nothing runs here.
status=$(cat "$report/exit-status")
if [ "$status" -ne 0 ]; then
  cat "$report/log.txt" >&2
  echo "the test failed (exit status $status), and is not run again until something it depends on changes" >&2
  echo "its report: $report/report.html" >&2
  exit "$status"
fi
ln -s "$report" "$out"
