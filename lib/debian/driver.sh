# Make $out/bin/nixos-test-driver out of the Python package $source. In $out/python/bin are programs of Python with the driver, apart,
# because who has the driver on PATH may have others of these names.
mkdir -p "$out/lib" "$out/bin" "$out/python/bin"
cp -R "$source" "$out/lib/test_driver"
chmod -R u+w "$out/lib"
mkdir "$out/lib/$metadataFolder"
printf %s "$metadata" >"$out/lib/$metadataFolder/METADATA"
printf %s "$entryPoints" >"$out/lib/$metadataFolder/entry_points.txt"
"$tools/bin/python3" -B -m compileall -q --invalidation-mode unchecked-hash "$out/lib"
checkers=$checkers/usr/lib/python3/dist-packages
# shellcheck source=lib/shared/types-cache.sh
. "$typesCache"
PYTHONPATH=$out/lib:$checkers make_types_cache "$tools/bin/python3" "$out/lib/types-cache"
# program FILE ARGUMENTS: make a command that runs Python with the driver and with these arguments.
program() {
  cat >"$out/$1" <<END
#!$builder sh
PYTHONPATH=$out/lib:$checkers\${PYTHONPATH:+:\$PYTHONPATH} exec $tools/bin/python3 -u $2 "\$@"
END
  chmod +x "$out/$1"
}
program bin/nixos-test-driver "-m test_driver"
program bin/nixos-test-attach "-m test_driver.interactive.attach"
# No module of the current folder goes before another one (-P): people start these in their projects.
program bin/rehearse "-P -m test_driver.program.main"
program python/bin/python3 ""
program python/bin/pytest "-P -m pytest"
"$out/bin/nixos-test-driver" --help >/dev/null
"$out/bin/nixos-test-attach" --help >/dev/null
"$out/bin/rehearse" --help >/dev/null
# It has the option if it has found the driver as a plugin.
"$out/python/bin/pytest" --help >"$NIX_BUILD_TOP/help"
grep -q -e '^  --testbed=' "$NIX_BUILD_TOP/help"
