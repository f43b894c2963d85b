# No text, identifier or file name has a term that docs/glossary.md replaces.
# shellcheck source=tests/static/with-shell.sh
. "$library"
cp -R "$source/tests/static" static
(cd static && python3 -B -m pytest -p no:cacheprovider -q test_glossary.py) >"$NIX_BUILD_TOP/summary" || {
  cat "$NIX_BUILD_TOP/summary"
  exit 1
}
python3 -B "$source/tests/static/glossary.py" "$source"
mkdir "$out"
cp "$NIX_BUILD_TOP/summary" "$out/summary"
