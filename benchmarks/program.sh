# Make $out/bin/bench: the Python package $source, with the configuration and the driver of the test $driver.
mkdir -p "$out/bin" "$out/lib"
cp -R "$source" "$out/lib/rehearse_bench"
program=$(sed -n 's/^exec \([^ ]*\) .*/\1/p' "$driver/bin/nixos-test-driver")
cat >"$out/bin/bench" <<END
#!$builder sh
PYTHONPATH=$out/lib PYTHONDONTWRITEBYTECODE=1 PATH=$tools/bin:\$PATH exec $tools/bin/python3 -m rehearse_bench \\
  --own-driver "$program" --configuration "$driver/configuration.json" "\$@"
END
chmod +x "$out/bin/bench"
"$out/bin/bench" --help >/dev/null
