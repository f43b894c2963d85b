# Unpack a kernel's $debs into $out: vmlinux, vmlinuz, modules.erofs (/usr/lib/modules of a root), modules/ (for the initial RAM disk).
mkdir -p tree "$out"
for deb in $debs; do
  ar p "$deb" data.tar.xz | tar -x -J -f - -C tree
done
image=
for found in "tree/boot/vmlinuz-$release" "tree/usr/lib/modules/$release/vmlinuz"; do
  if [ -e "$found" ]; then image=$found; fi
done
[ -n "$image" ] || {
  echo "rehearse: the packages of kernel $release hold no vmlinuz where it was looked for" >&2
  exit 1
}

# The uncompressed kernel starts a second earlier under emulation (PVH: no unpacking in the guest). Where it lies in the
# bzImage is said in the header of the Linux boot protocol.
number() {
  od -An -t "u$2" -j "$1" -N "$2" "$image" | tr -d ' '
}
start=$((($(number 497 1) + 1) * 512 + $(number 584 4)))
# The last four bytes are the unpacked size.
tail -c "+$((start + 1))" "$image" | head -c "$(($(number 588 4) - 4))" >payload
case $(head -c 4 payload | od -An -t x1 | tr -d ' \n') in
  28b52ffd) "$tools/bin/zstd" -q -d -c payload >"$out/vmlinux" ;;
  02214c18) "$tools/bin/lz4" -q -d -c payload >"$out/vmlinux" ;;
  1f8b*) gzip -d -c payload >"$out/vmlinux" ;;
  fd377a58) xz -d -c payload >"$out/vmlinux" ;;
  *)
    echo "rehearse: kernel $release is compressed in a way that is not known here" >&2
    exit 1
    ;;
esac
cp "$image" "$out/vmlinuz"

modules=$out/modules/lib/modules
mkdir -p "$modules"
if [ -d "tree/lib/modules/$release" ]; then
  cp -R "tree/lib/modules/$release" "$modules/"
else
  cp -R "tree/usr/lib/modules/$release" "$modules/"
fi
rm -f "$modules/$release/vmlinuz" "$modules/$release/build" "$modules/$release/source"
chmod -R u+w "$out/modules"
"$tools/bin/depmod" -b "$out/modules" "$release"
"$tools/bin/mkfs.erofs" --quiet --all-root -T1 -U 00000000-0000-4000-8000-000000000007 "$out/modules.erofs" "$modules"
printf '%s\n' "$release" >"$out/release"
