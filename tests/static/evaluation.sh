# What Nix makes of a test without building anything: values, and the message for each kind of bad input.
cd "$source"
find . -name '*.nix' | while read -r file; do
  "$nix/bin/nix-instantiate" --parse "$file" >/dev/null
done
export PATH=$nix/bin:$PATH REHEARSE_SOURCE=$source
export PERL="$image/bin/perl" PERL5LIB="$image/usr/lib/x86_64-linux-gnu/perl-base"
export NIX_STATE_DIR=$NIX_BUILD_TOP/nix/var NIX_CONF_DIR=$NIX_BUILD_TOP HOME=$NIX_BUILD_TOP
"$tools/bin/python3" -m pytest -p no:cacheprovider -q -rs --timeout 60 tests/eval >"$NIX_BUILD_TOP/summary" || {
  cat "$NIX_BUILD_TOP/summary"
  exit 1
}
grep -e ^SKIPPED -e passed "$NIX_BUILD_TOP/summary"
mkdir "$out"
tail -n 1 "$NIX_BUILD_TOP/summary" >"$out/summary"
