# The links and the blocks of code of all pages. The counts are the result.
export PYTHONPATH=$wheels PATH="$nix/bin:$tools/bin:$PATH"
export HOME=$NIX_BUILD_TOP NIX_STATE_DIR=$NIX_BUILD_TOP/nix NIX_CONF_DIR=$NIX_BUILD_TOP
for script in links code_blocks; do
  "$documentation/bin/python3" -B -W ignore "$source/tests/static/$script.py" "$source" >>"$NIX_BUILD_TOP/counts" ||
    touch "$NIX_BUILD_TOP/failed"
done
cat "$NIX_BUILD_TOP/counts"
[ ! -e "$NIX_BUILD_TOP/failed" ]
mkdir "$out"
cp "$NIX_BUILD_TOP/counts" "$out/summary"
