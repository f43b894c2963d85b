# Make $out/bin/pytest: run the tests of the working tree with $testbed and $arguments, which are quoted for the shell. They are
# in $start of the project, and $stored is what the store has of them.
# shellcheck source=lib/shared/test-files.sh
. "$testFiles"
mkdir -p "$out/bin"
{
  printf '#!%s\n' "${interpreter:-$builder sh}"
  printf "testbed='%s'\nstart='%s'\nstored='%s'\narguments=%s\n" "$testbed" "$start" "$stored" "$(quoted "$arguments")"
  cat "$runner"
} >"$out/bin/pytest"
chmod +x "$out/bin/pytest"
