# The properties of the driver's codecs and models, with many more examples than in unit-tests-driver.
# shellcheck source=tests/static/with-shell.sh
. "$library"
cp -R "$source/driver" . && chmod -R u+w driver && cd driver
export PROPERTY_FACTOR=40
find tests -name '*_properties.py' >"$NIX_BUILD_TOP/files"
xargs env PYTHONPATH=. python3 -m pytest -p no:cacheprovider -q --timeout 1200 -n 2 <"$NIX_BUILD_TOP/files" >"$NIX_BUILD_TOP/summary" || {
  cat "$NIX_BUILD_TOP/summary"
  exit 1
}
tail -n 1 "$NIX_BUILD_TOP/summary"
mkdir "$out"
cp "$NIX_BUILD_TOP/summary" "$out/summary"
