# Run $driver and check that it fails as expected: exit status, $messages, reports written, nothing left running.
mkdir -p "$out"
status=0
"$driver/bin/nixos-test-driver" --output_directory "$out" >said 2>&1 || status=$?
cat said

complain() {
  printf 'rehearse: must-fail: %s\n' "$*" >&2
  exit 1
}
[ "$status" = "$expectedStatus" ] || complain "the exit status is $status, not $expectedStatus"
while read -r message; do
  grep -q -E -e "$message" said || complain "nothing that was said matches: $message"
done <"$messagesPath"
for report in log.txt junit.xml; do
  [ -s "$out/$report" ] || complain "$report was not written"
done
grep -q -E '<(failure|error)' "$out/junit.xml" || complain "junit.xml tells of no failure"
left=$(ps -o pid,args | grep -E 'qemu-system|vde_switch' | grep -v grep) || true
[ -z "$left" ] || complain "still running: $left"
