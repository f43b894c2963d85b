# Boot the machine that $configuration describes, and save its snapshot in $out.
mkdir log
"$driver/bin/nixos-test-driver" --config "$configurationPath" --test-script "$testScript" --output_directory log
# Here it is known where the folder will lie: a machine that starts from it copies these few kilobytes.
mkdir "$out/overlays"
for disk in "$out"/disks/*; do
  [ -e "$disk" ] || continue # a root in memory is no disk
  "$tools/bin/qemu-img" create -q -f qcow2 -F qcow2 -b "$disk" "$out/overlays/${disk##*/}"
done
