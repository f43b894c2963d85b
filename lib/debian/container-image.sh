# Make $out/root.tar out of a read-only file system: what a container of Debian unpacks, because the Nix sandbox lets nobody mount
# the file system, and maps the owners of no file of the store.
# shellcheck source=lib/debian/chroot.sh
. "$library"
become_root
start_fakeroot

root=$NIX_BUILD_TOP/root
mkdir -p "$root" "$out"
as_root "$tools/bin/fsck.erofs" --extract="$root" --preserve-owner --preserve-perms "$fileSystem" >/dev/null
if [ -n "$adapt" ]; then
  # shellcheck source=lib/debian/container-units.sh
  . "$adapt"
fi
# The sandbox, where the archive is unpacked, refuses set-user-ID bits.
as_root "$archiver" --create --file="$out/root.tar" --directory="$root" --sort=name --numeric-owner --mtime=@1 \
  --mode=u-s,g-s --format=gnu .
