# Make $out/bin/run-NAME-nspawn, which starts a container as that of modules/container/runner.nix does. $archives has the files that
# are in its folder at the first start.
mkdir -p "$out/bin"
option=''
[ -n "$writable" ] || option=--bind-ro=/nix/store
cat >"$out/bin/run-$machine-nspawn" <<END
#!$builder sh
export PATH="$tools/bin:\$PATH"
export machine="$machine" root="./$machine-root" make_root="$makeRoot" store=/nix/store writable_store="$writable" interfaces="$card"
if ! [ -d "\$root" ]; then
  "$tools/bin/mkdir" "\$root"
  "$tools/bin/tar" --extract --file="$archives" --directory="\$root" --same-owner --same-permissions --numeric-owner
fi
exec "$tools/bin/unshare" --net --mount -- "$tools/bin/dash" "$start" $option "\$@" -- /usr/lib/systemd/systemd
END
chmod +x "$out/bin/run-$machine-nspawn"
