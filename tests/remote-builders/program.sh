# Make $out/bin/loopback-builders: the Python package $source with the programs that it starts.
mkdir -p "$out/bin" "$out/lib"
cp -R "$source" "$out/lib/loopback_builders"
cat >"$out/bin/loopback-builders" <<END
#!$builder sh
export LOOPBACK_SSH=$ssh LOOPBACK_NIX=$nix LOOPBACK_SHELL=$builder
PYTHONPATH=$out/lib PYTHONDONTWRITEBYTECODE=1 exec $tools/bin/python3 -m loopback_builders "\$@"
END
chmod +x "$out/bin/loopback-builders"
"$out/bin/loopback-builders" --help >/dev/null
