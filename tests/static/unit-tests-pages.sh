# The tests of what checks the pages: their English, their links and their code.
cp -R "$source" source && chmod -R u+w source && cd source/tests/static
export PYTHONPATH=$wheels XDG_CACHE_HOME=$NIX_BUILD_TOP PATH="$nix/bin:$tools/bin:$PATH"
export HOME=$NIX_BUILD_TOP NIX_REMOTE=$NIX_BUILD_TOP/eval-store NIX_STATE_DIR=$NIX_BUILD_TOP/nix NIX_CONF_DIR=$NIX_BUILD_TOP
tests="test_code_blocks.py test_decisions.py test_links.py test_nix_blocks.py test_prose.py test_site_links.py"
# shellcheck disable=SC2086 # one argument a file
"$documentation/bin/python3" -B -m pytest -p no:cacheprovider -q -rs $tests >"$NIX_BUILD_TOP/summary" || {
  cat "$NIX_BUILD_TOP/summary"
  exit 1
}
mkdir "$out"
tail -n 1 "$NIX_BUILD_TOP/summary" >"$out/summary"
