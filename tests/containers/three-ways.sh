# Compare the reports of one test that ran in QEMU, in containers, and in what the builder has: $qemu, $containers, $auto.
# outcome REPORT: print the exit status, and the cases of JUnit with what is said of failures, without times.
outcome() {
  echo "exit status $(cat "$1/exit-status")"
  grep -o -E '<(testcase|failure|error|skipped)[^>]*' "$1/junit.xml" |
    sed -E -e 's/ (time|timestamp|hostname)="[^"]*"//g' -e 's/three-ways-[a-z]*/three-ways/g'
}

mkdir -p "$out"
for way in qemu containers auto; do
  eval "report=\$$way"
  outcome "$report" >"$out/$way"
done
cat "$out/qemu"
grep -q '^exit status 1$' "$out/qemu" || { echo "the test does not fail as it should" && exit 1; } >&2
for way in containers auto; do
  diff "$out/qemu" "$out/$way" || { echo "the outcomes differ in QEMU (-) and $way (+)" && exit 1; } >&2
done
