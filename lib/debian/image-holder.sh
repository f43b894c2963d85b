# Make $out/bin/hold-images: hold-images.sh in a mount namespace of its own.
mkdir -p "$out/bin"
cat >"$out/bin/hold-images" <<END
#!$builder sh
export PATH="$tools/bin:\$PATH"
"$tools/bin/unshare" --mount -- true || {
  echo "A mount namespace cannot be made (see above): containers take root with all capabilities." \
    "Run the test as root (in docker, with --privileged). A build needs Nix' system feature uid-range."
  exit 1
} >&2
exec "$tools/bin/unshare" --mount -- "$tools/bin/dash" "$hold" "\$@"
END
chmod +x "$out/bin/hold-images"
