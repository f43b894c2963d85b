# The tests of the set-up that runs before there is a Nix, against stand-ins for apt and Nix.
cp -R "$source" source && chmod -R u+w source && cd source/bootstrap
PATH=$tools/bin:$PATH "$tools/bin/python3" -m pytest -p no:cacheprovider -q --timeout 60 >"$NIX_BUILD_TOP/summary" || {
  cat "$NIX_BUILD_TOP/summary"
  exit 1
}
tail -n 1 "$NIX_BUILD_TOP/summary"
mkdir "$out"
tail -n 1 "$NIX_BUILD_TOP/summary" >"$out/summary"
