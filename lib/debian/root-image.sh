# $image with $layer over it and the script `setup` run inside: $out/root.erofs, or $out/root.qcow2 with $rootFilesystem.
# shellcheck source=lib/debian/chroot.sh
. "$library"
become_root
start_fakeroot

root=$NIX_BUILD_TOP/root
mkdir -p "$root" "$out"
as_root "$tools/bin/fsck.erofs" --extract="$root" --preserve-owner --preserve-perms "$image/root.erofs" >/dev/null
# Plain copies of what is not there yet: the layer is root's, but for the modes that the node gave.
cp -R -f "$layer/tree/." "$root/"

if [ -s "$setupPath" ]; then
  mkdir -p "$root/build"
  cp "$setupPath" "$root/build/setup"
  if ! in_root /bin/bash -euo pipefail /build/setup; then
    echo "rehearse: $name: the node's setup script failed (above is what it printed)" >&2
    exit 1
  fi
  settle_owners
  leave_root
fi

make_erofs() {
  as_root "$tools/bin/mkfs.erofs" --quiet -T1 -U 00000000-0000-4000-8000-000000000003 "$1" "$root"
}

# End the build because the program that makes the file system of $root has failed, which most often means too little room.
does_not_fit() {
  echo "rehearse: $name: cannot make the root file system on a disk of $diskSize MiB (above is what was printed)." >&2
  echo "Its files are $(du -sm "$root" | cut -f 1) MiB, and $rootFilesystem takes some more: give the node a larger \`diskSize\`." >&2
  exit 1
}

case $rootFilesystem in
  overlay)
    make_erofs "$out/root.erofs"
    exit 0
    ;;
  ext4)
    truncate -s "${diskSize}M" root.raw
    as_root "$tools/bin/mkfs.ext4" -q -F -L root -U 00000000-0000-4000-8000-000000000004 \
      -E hash_seed=00000000-0000-4000-8000-000000000004,lazy_itable_init=1,nodiscard -d "$root" root.raw || does_not_fit
    ;;
  btrfs)
    # mkfs.btrfs takes a tree too, but asks the C library from inside, past fakeroot: every owner would be lost. So a
    # machine copies the tree, in the few seconds that the kernel and busybox take.
    make_erofs tree.erofs
    truncate -s "${diskSize}M" root.raw
    "$tools/bin/mkfs.btrfs" -q -L root -U 00000000-0000-4000-8000-000000000005 root.raw
    timeout 600 "$hostTools/bin/qemu-system-x86_64" -machine pc,accel=tcg -cpu Nehalem -m 512 -nodefaults -no-user-config \
      -display none -no-reboot -serial file:console.txt -kernel "$kernel/vmlinux" -initrd "$initrd/initrd" \
      -append "console=ttyS0 panic=-1 mitigations=off rehearse.root=btrfs rehearse.populate" \
      -drive if=none,id=root,file=root.raw,format=raw,cache=unsafe -device virtio-blk-pci,drive=root,serial=root \
      -drive if=none,id=packages,file=tree.erofs,format=raw,readonly=on -device virtio-blk-pci,drive=packages,serial=packages
    grep -q '^rehearse: populated' console.txt || {
      echo "rehearse: $name: the machine that fills the btrfs disk did not finish:" >&2
      tail -n 40 console.txt >&2
      if grep -q "No space left" console.txt; then does_not_fit; fi
      exit 1
    }
    ;;
  xfs)
    truncate -s "${diskSize}M" root.raw
    as_root "$tools/bin/xfs_protofile" "$root" >prototype
    "$tools/bin/mkfs.xfs" -q -L root -m uuid=00000000-0000-4000-8000-000000000006 -p prototype root.raw || does_not_fit
    ;;
esac
"$tools/bin/qemu-img" convert -f raw -O qcow2 root.raw "$out/root.qcow2"
