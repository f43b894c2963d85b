# The tests of what checks the pages: their English, their links and their code.
cp -R "$source/tests/static" static && cd static
export PYTHONPATH=$wheels XDG_CACHE_HOME=$NIX_BUILD_TOP
"$documentation/bin/python3" -B -m pytest -p no:cacheprovider -q -rs test_prose.py test_site_links.py >"$NIX_BUILD_TOP/summary" || {
  cat "$NIX_BUILD_TOP/summary"
  exit 1
}
mkdir "$out"
tail -n 1 "$NIX_BUILD_TOP/summary" >"$out/summary"
