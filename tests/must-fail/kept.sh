# Check what $report holds of a test that failed, and that $verdict on it fails with the same status.
complain() {
  printf 'rehearse: must-fail: %s\n' "$*" >&2
  exit 1
}
for file in log.txt junit.xml events.jsonl report.html evidence/machine/journal.txt; do
  [ -s "$report/$file" ] || complain "the report has no $file"
done
[ "$(cat "$report/letter")" = text ] || complain "what the script copied out is lost"
annotation='^::error file=tests/must-fail/kept.py,line=4,title=test kept failed::machine: command .exit 5. failed'
grep -q "$annotation" "$report/github-actions.txt" || complain "github-actions.txt does not name the line"
status=0
(out=$NIX_BUILD_TOP/verdict . "$verdict") >said 2>&1 || status=$?
cat said
[ "$status" -eq 1 ] || complain "the verdict's status is $status, not 1"
grep -q "exit status 5" said || complain "the verdict does not say why"
grep -q "its report: $report/report.html" said || complain "the verdict does not say where its report is"
[ ! -e "$NIX_BUILD_TOP/verdict" ] || complain "a test that failed has an output"
began=$(date -u '+%Y-%m-%d')
again="nix build -L --rebuild '$reportDerivation^\*'"
for text in "its run of $began .* not run again" "$again"; do
  grep -q "$text" said || complain "nothing in the verdict matches: $text"
done

# A pass that is in the store: nothing runs for the verdict on it, and it says so.
mkdir passed
echo 0 >passed/exit-status
head -n 1 "$report/events.jsonl" >passed/events.jsonl
(report=$NIX_BUILD_TOP/passed out=$NIX_BUILD_TOP/verdict . "$verdict") >said 2>&1 || complain "a pass has no verdict"
cat said
for text in "passed in its run of $began .* not run again" "$again"; do
  grep -q "$text" said || complain "nothing in the verdict on a pass matches: $text"
done
[ "$(readlink "$NIX_BUILD_TOP/verdict")" = "$NIX_BUILD_TOP/passed" ] || complain "the verdict is no link to the report"
mkdir "$out"
