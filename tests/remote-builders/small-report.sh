# Leave what a test leaves that took some seconds.
applets=$NIX_BUILD_TOP/applets
"$builder" mkdir "$applets"
"$builder" --install -s "$applets"
PATH=$applets
echo "begin of $test"
sleep 3
mkdir "$out"
echo "log of $test" >"$out/log.txt"
echo "$status" >"$out/exit-status"
failure=
[ "$status" -eq 0 ] || failure='<failure message="it is closed">it is closed</failure>'
cat >"$out/junit.xml" <<END
<testsuites><testsuite name="$test" tests="1" failures="$status" errors="0" time="3"
><testcase name="$test" time="3">$failure</testcase></testsuite></testsuites>
END
