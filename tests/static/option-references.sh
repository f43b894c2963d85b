# The pages docs/options-*.md are what the data in lib/options say.
cd "$source"
export PATH="$nix/bin:$PATH" HOME=$NIX_BUILD_TOP
export NIX_STATE_DIR=$NIX_BUILD_TOP/nix/var NIX_CONF_DIR=$NIX_BUILD_TOP
mkdir "$NIX_BUILD_TOP/pages" "$NIX_BUILD_TOP/committed"
"$tools/bin/python3" docs/generate-options.py "$NIX_BUILD_TOP/pages"
cp docs/options-*.md "$NIX_BUILD_TOP/committed"
diff -ru "$NIX_BUILD_TOP/committed" "$NIX_BUILD_TOP/pages" || {
  echo "docs/options-*.md are not what docs/generate-options.py writes: generate them anew" >&2
  exit 1
}
mkdir "$out"
