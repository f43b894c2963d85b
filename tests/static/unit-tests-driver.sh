# The driver's own tests, against real small processes and fake peers.
# shellcheck source=tests/static/with-shell.sh
. "$library"
# shellcheck source=lib/shared/types-cache.sh
. "$source/lib/shared/types-cache.sh"
cp -R "$source/README.md" "$source/driver" "$source/docs" "$source/lib" . && chmod -R u+w driver docs lib && cd driver
# Checks of scripts take a third of the time with what a built driver has of its own.
PYTHONPATH=. make_types_cache python3 types-cache
# They wait more than they work: four at once take a third of the time.
PYTHONPATH=. python3 -m pytest -p no:cacheprovider -q -rfEs --durations 40 --timeout 180 -n 4 >"$NIX_BUILD_TOP/summary" || {
  cat "$NIX_BUILD_TOP/summary"
  exit 1
}
grep -e ^SKIPPED -e passed "$NIX_BUILD_TOP/summary"
mkdir "$out"
cp "$NIX_BUILD_TOP/summary" "$out/summary"
