# Make $out/disk.qcow2: ext4 of $size MiB.
mkdir -p "$out"
truncate -s "${size}M" disk.raw
"$tools/bin/mkfs.ext4" -q -F -L root -U 00000000-0000-4000-8000-000000000004 \
  -E hash_seed=00000000-0000-4000-8000-000000000004,lazy_itable_init=1,nodiscard disk.raw
"$tools/bin/qemu-img" convert -f raw -O qcow2 disk.raw "$out/disk.qcow2"
