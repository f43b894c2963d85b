# Collect what a test has left that ran each of its files by itself: $runs has a line for each, its name and the output of its
# run. junit.xml has the cases of all. Of runs that build whether they pass or not, exit-status is the highest.
mkdir "$out"
highest=
suites=$NIX_BUILD_TOP/suites
: >"$suites"
while read -r name run; do
  ln -s "$run" "$out/$name"
  # Text that looks like these lines does not begin with < in XML.
  sed -e '/^<?xml /d' -e '/^<testsuites[ >]/d' -e '/^<\/testsuites>/d' "$run/junit.xml" >>"$suites"
  [ -e "$run/exit-status" ] || continue
  status=$(cat "$run/exit-status")
  [ -n "$highest" ] && [ "$highest" -ge "$status" ] || highest=$status
done <<END
$runs
END
{
  echo '<?xml version="1.0" encoding="utf-8"?>'
  echo '<testsuites>'
  cat "$suites"
  echo '</testsuites>'
} >"$out/junit.xml"
# A file may have none of the tests that the arguments of pytest select, but not each file.
if ! grep -q '<testcase [^>]*name="[^"]*::' "$suites"; then
  echo "no test was selected in any file: look at \`pytest.args\` of the test" >&2
  [ -n "$highest" ] || exit 1
  [ "$highest" -gt 0 ] || highest=1
fi
[ -z "$highest" ] || echo "$highest" >"$out/exit-status"
