# Collect what a test has left that ran each of its files by itself: $runs has a line for each, its name and the output of its
# run. Where a file has run several times, there are several outputs, and the last run counts that was needed. junit.xml has the
# cases of all. Of runs that build whether they pass or not, exit-status is the worst.
mkdir "$out"
worst=
needed=
suites=$NIX_BUILD_TOP/suites
: >"$suites"
# rank STATUS: how bad it is. A failure counts more than an error: it is a result.
rank() {
  case $1 in
    4) echo 4 ;;
    1) echo 3 ;;
    2) echo 1 ;;
    0) echo 0 ;;
    *) echo 2 ;;
  esac
}
while read -r name outputs; do
  run=
  for output in $outputs; do
    if [ -e "$output/not-needed" ]; then
      newest=
      continue
    fi
    run=$output
    newest=1
  done
  [ -z "$newest" ] || needed=1
  ln -s "$run" "$out/$name"
  # Text that looks like these lines does not begin with < in XML.
  # A driver that refused its command line has written none.
  [ ! -e "$run/junit.xml" ] ||
    sed -e '/^<?xml /d' -e '/^<testsuites[ >]/d' -e '/^<\/testsuites>/d' "$run/junit.xml" >>"$suites"
  [ -e "$run/exit-status" ] || continue
  status=$(cat "$run/exit-status")
  case $status in "" | *[!0-9]*) status=3 ;; esac
  [ -n "$worst" ] && [ "$(rank "$worst")" -ge "$(rank "$status")" ] || worst=$status
done <<END
$runs
END
if [ -z "$needed" ]; then
  rm "$out"/*
  echo "no file of the test needs another run" | tee "$out/not-needed"
  exit 0
fi
{
  echo '<?xml version="1.0" encoding="utf-8"?>'
  echo '<testsuites>'
  cat "$suites"
  echo '</testsuites>'
} >"$out/junit.xml"
# A file may have none of the tests that the arguments of pytest select, but not each file.
if [ "${worst:-0}" -eq 0 ] && ! grep -q '<testcase [^>]*name="[^"]*::' "$suites"; then
  echo "no test was selected in any file: look at \`pytest.args\` of the test" >&2
  [ -n "$worst" ] || exit 1
  worst=1
fi
[ -z "$worst" ] || echo "$worst" >"$out/exit-status"
