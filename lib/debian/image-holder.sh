# Make $out/bin/hold-images: hold-images.sh in a mount namespace of its own.
mkdir -p "$out/bin"
cat >"$out/bin/hold-images" <<END
#!$builder sh
export PATH="$tools/bin:\$PATH"
exec "$tools/bin/unshare" --mount -- "$tools/bin/dash" "$hold" "\$@"
END
chmod +x "$out/bin/hold-images"
