# Make $out/bin/nixos-test-driver out of the Python package $source.
mkdir -p "$out/lib" "$out/bin"
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
# program NAME ARGUMENTS: make a command that runs Python with the driver and with these arguments.
program() {
  cat >"$out/bin/$1" <<END
#!$builder sh
PYTHONPATH=$out/lib:$checkers\${PYTHONPATH:+:\$PYTHONPATH} exec $tools/bin/python3 -u $2 "\$@"
END
  chmod +x "$out/bin/$1"
}
program nixos-test-driver "-m test_driver"
program nixos-test-attach "-m test_driver.interactive.attach"
# Not as pytest: who has the driver on PATH may have another pytest. No module of the current folder goes before another one (-P).
program nixos-test-pytest "-P -m pytest"
"$out/bin/nixos-test-driver" --help >/dev/null
"$out/bin/nixos-test-attach" --help >/dev/null
"$out/bin/nixos-test-pytest" --version >/dev/null
