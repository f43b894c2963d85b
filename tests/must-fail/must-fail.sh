# Run $driver and check that it fails as expected: exit status, $messages in what it says, $seen in the first screen of
# report.html, $evidence of its machines in the output, reports written, nothing left running.
mkdir -p "$out"
status=0
"$driver/bin/nixos-test-driver" --output_directory "$out" --check >said 2>&1 || status=$?
cat said

complain() {
  printf 'rehearse: must-fail: %s\n' "$*" >&2
  exit 1
}
# require FILE WHAT LIST: each line of LIST, an extended regular expression, is found in FILE.
require() {
  while read -r message; do
    grep -q -E -e "$message" "$1" || complain "nothing in $2 matches: $message"
  done <"$3"
}
[ "$status" = "$expectedStatus" ] || complain "the exit status is $status, not $expectedStatus"
require said "what was said" "$messagesPath"
for file in log.txt junit.xml events.jsonl report.html; do
  [ -s "$out/$file" ] || complain "$file was not written"
done
grep -q -E '<(failure|error)' "$out/junit.xml" || complain "junit.xml tells of no failure"
# What is seen first is there without any script: without its tags, and with the characters that stand for others.
sed -n '/<header id="verdict"/,/<\/header>/p' "$out/report.html" |
  sed -e 's/<[^>]*>//g' -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&quot;/"/g' -e "s/&#x27;/'/g" -e 's/&amp;/\&/g' >seen
require seen "the first screen of the report" "$seenPath"
for path in $evidence; do
  [ -s "$out/evidence/$path" ] || complain "there is no evidence/$path"
done
while read -r path pattern; do
  [ -z "$path" ] || grep -q -E -e "$pattern" "$out/evidence/machine/$path" || complain "nothing in $path matches: $pattern"
done <"$contentsPath"
left=$(ps -o pid,args | grep -E 'qemu-system|systemd-nspawn|test_driver' | grep -v grep) || true
[ -z "$left" ] || complain "still running: $left"
