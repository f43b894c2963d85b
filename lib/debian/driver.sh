# Make $out/bin/nixos-test-driver out of the Python package $source.
mkdir -p "$out/lib" "$out/bin"
cp -R "$source" "$out/lib/test_driver"
chmod -R u+w "$out/lib"
"$tools/bin/python3" -m compileall -q --invalidation-mode unchecked-hash "$out/lib"
cat >"$out/bin/nixos-test-driver" <<END
#!$builder sh
PYTHONPATH=$out/lib\${PYTHONPATH:+:\$PYTHONPATH} exec $tools/bin/python3 -u -m test_driver "\$@"
END
chmod +x "$out/bin/nixos-test-driver"
"$out/bin/nixos-test-driver" --help >/dev/null
