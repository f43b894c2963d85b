# The HTML report of a test, and the page of a suite, in a real Chromium.
# shellcheck source=tests/static/with-shell.sh
. "$library"
cp -R "$source/driver" . && chmod -R u+w driver && cd driver
# Chromium starts itself again by its own path, which a loader before it would be: it gets the loader where it looks for it.
libraries=$tools/usr/lib/x86_64-linux-gnu
mkdir /lib64
ln -s "$libraries/ld-linux-x86-64.so.2" /lib64/
ln -s "$tools/usr/share" /usr/share
cat >/usr/bin/chromium <<END
#!/bin/sh
export LD_LIBRARY_PATH=$libraries:$libraries/pulseaudio FONTCONFIG_PATH=$tools/etc/fonts
exec $tools/usr/lib/chromium/chromium "\$@"
END
chmod +x /usr/bin/chromium
export HOME=$NIX_BUILD_TOP
tests="tests/report/test_report_in_browser.py tests/suite/test_page_in_browser.py"
# shellcheck disable=SC2086 # one argument a file
PYTHONPATH=. python3 -m pytest -p no:cacheprovider -q -rs $tests >"$NIX_BUILD_TOP/summary" || {
  cat "$NIX_BUILD_TOP/summary"
  exit 1
}
if grep SKIPPED "$NIX_BUILD_TOP/summary"; then
  echo "no test may be skipped here: chromium and chromedriver are among the tools" >&2
  exit 1
fi
tail -n 1 "$NIX_BUILD_TOP/summary"
mkdir "$out"
cp "$NIX_BUILD_TOP/summary" "$out/summary"
