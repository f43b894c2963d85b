# Check what the results of a test that has passed tell of trouble in its machines.
complain() {
  printf 'rehearse: debian-trouble: %s\n' "$*" >&2
  exit 1
}
# tells FILE PATTERN: an extended regular expression is found in a file of the results.
tells() {
  grep -q -E -e "$2" "$test/$1" || complain "nothing in $1 matches: $2"
}
sed -n '/<header id="verdict"/,/<\/header>/p' "$test/report.html" >"$NIX_BUILD_TOP/seen"
failed="unexpected.service: Failed with result .*exit-code"
warning="WARNING: CPU: 0 PID: 9 at kernel/stage.c:4"
tells log.txt "^test debian-trouble passed, in [0-9.]+ seconds; trouble was seen: 1 failed-unit, 1 kernel-warning, .* [0-9]+ stall \(expected\)"
for text in "loud: failed-unit: $failed" "quiet: kernel-warning: $warning" "expected  loud: kernel-oops: BUG: kernel NULL"; do
  tells log.txt "^  $text"
  tells junit.xml "^  $text"
done
tells junit.xml "^  expected  quiet: oom: .*Killed process .*\(eat.service"
tells junit.xml '<property name="trouble: failed-unit" value="1"'
tells junit.xml '<property name="expected trouble: sanitizer" value="2"'
tells events.jsonl '"kind": "trouble", "machine": "loud", "trouble": "failed-unit", .*"unit": "unexpected.service", "process": null, "expected": false'
tells events.jsonl '"trouble": "core-dump", .*"unit": "dumper.service", .*"expected": true'
grep -q "$failed" "$NIX_BUILD_TOP/seen" || complain "the first screen of the report does not tell of the unit"
grep -q "$warning" "$NIX_BUILD_TOP/seen" || complain "the first screen of the report does not tell of the warning"
ln -s "$test" "$out"
