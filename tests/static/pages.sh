# The links and the blocks of code of all pages, those of Nix evaluated, and the records of decisions. The counts are the result.
export PYTHONPATH=$wheels PATH="$nix/bin:$tools/bin:$PATH"
export HOME=$NIX_BUILD_TOP NIX_REMOTE=$NIX_BUILD_TOP/eval-store NIX_STATE_DIR=$NIX_BUILD_TOP/nix NIX_CONF_DIR=$NIX_BUILD_TOP
check() {
  "$documentation/bin/python3" -B -W ignore "$source/tests/static/$1.py" "$source${2:-}" >>"$NIX_BUILD_TOP/counts" ||
    touch "$NIX_BUILD_TOP/failed"
}
check links
check code_blocks
check nix_blocks
check decisions /docs/decisions
cat "$NIX_BUILD_TOP/counts"
[ ! -e "$NIX_BUILD_TOP/failed" ]
mkdir "$out"
cp "$NIX_BUILD_TOP/counts" "$out/summary"
