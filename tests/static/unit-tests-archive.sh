# The tests of the tool that pins and fetches Debian packages, against real small servers and files.
cp -R "$source/lib/debian/archive" archive && chmod -R u+w archive && cd archive
PYTHONPATH=. "$tools/bin/python3" -m pytest -p no:cacheprovider -q -n 2 --timeout 180 >"$NIX_BUILD_TOP/summary" || {
  cat "$NIX_BUILD_TOP/summary"
  exit 1
}
tail -n 1 "$NIX_BUILD_TOP/summary"
mkdir "$out"
tail -n 1 "$NIX_BUILD_TOP/summary" >"$out/summary"
