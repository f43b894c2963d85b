# $essential and $rest: Debian packages. Makes $out/root.erofs and, for the layers over it, $out/etc.
# shellcheck source=lib/debian/chroot.sh
. "$library"
become_root
start_fakeroot

root=$NIX_BUILD_TOP/root
mkdir -p "$root"
say() {
  printf 'rehearse: image: %s\n' "$*"
}

# dpkg needs a system to run in, so the essential packages are first unpacked as plain archives. base-files brings the
# links of /bin and /lib.
say "unpacking $(set -- $essential && echo $#) essential packages"
for deb in $baseFiles $essential; do
  ar p "$deb" data.tar.xz | tar -x -J -f - -C "$root"
done
rm -rf "$root/usr/share/doc" "$root/usr/share/man" "$root/usr/share/info" "$root/usr/share/locale"
mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/etc/dpkg/dpkg.cfg.d" "$root/build/essential" "$root/build/rest"
: >"$root/var/lib/dpkg/status"
: >"$root/var/lib/dpkg/available"

# Documentation and translations are no part of a test machine; the hardware database is for hardware.
cat >"$root/etc/dpkg/dpkg.cfg.d/rehearse" <<'END'
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/man/*
path-exclude=/usr/lib/udev/hwdb.d/*
END
# Services are started by the machine, not by the build.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"

cp $essential "$root/build/essential"
if [ -n "$rest" ]; then cp $rest "$root/build/rest"; fi
cp "$configure" "$root/build/configure.sh"
say "running dpkg for $(set -- $essential $rest && echo $#) packages"
in_root /bin/sh /build/configure.sh
settle_owners
leave_root

mkdir -p "$out/etc"
for file in passwd group shadow gshadow; do
  cp "$root/etc/$file" "$out/etc/$file"
done
say "packing the root file system"
as_root "$tools/bin/mkfs.erofs" --quiet -T1 -U 00000000-0000-4000-8000-000000000001 "$out/root.erofs" "$root"
say "done: $(du -m "$out/root.erofs" | cut -f1) MiB"
