# The verdict on a suite that is in the store: fail if one of its tests failed, or ended with an error. Nothing runs here. A test
# that is flaky has passed.
status=$(cat "$suite/exit-status")
cat "$suite/summary.txt" >&2
echo "the page of the suite: $suite/index.html" >&2
case $status in
  0) ;;
  5) echo "tests are flaky, and none failed: the suite passed" >&2 ;;
  *)
    echo "the suite did not pass (exit status $status)" >&2
    # A status that is none of a suite's is no pass.
    [ "$status" -gt 0 ] || status=1
    exit "$status"
    ;;
esac
ln -s "$suite" "$out"
