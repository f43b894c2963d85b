# Start a Debian node in QEMU. The head of this file, written when it was built, sets the machine's values.
#
# State lies in the current directory; a disk that is already there is used again. From the environment:
# NIX_EFI_VARS, the file with the variables of EFI; QEMU_VDE_SOCKET_<n>, the switch of vlan n (without it the card has no cable); QEMU_OPTS, arguments for QEMU.
# Arguments of this script go to QEMU, after its own.
set -eu

if ! [ -e root.qcow2 ]; then
  "$tools/bin/qemu-img" create -q -f qcow2 -F qcow2 -b "$writable" root.qcow2
fi
set -- -drive "if=none,id=root,file=root.qcow2,format=qcow2,cache=unsafe,discard=unmap" \
  -device virtio-blk-pci,drive=root,serial=root "$@"

# The root is /dev/vda, what is empty comes next, and what only this file knows of comes last.
number=0
for size in $emptyDiskImages; do
  file=empty$number.qcow2
  if ! [ -e "$file" ]; then
    "$tools/bin/qemu-img" create -q -f qcow2 "$file" "${size}M"
  fi
  set -- "$@" -drive "if=none,id=empty$number,file=$file,format=qcow2,cache=unsafe,discard=unmap" \
    -device "virtio-blk-pci,drive=empty$number,serial=empty$number"
  number=$((number + 1))
done
for image in $readOnly; do
  serial=${image%%=*}
  set -- "$@" -drive "if=none,id=$serial,file=${image#*=},format=raw,readonly=on" \
    -device "virtio-blk-pci,drive=$serial,serial=$serial"
done
for vlan in $vlans; do
  number=${vlan%%=*}
  eval "socket=\${QEMU_VDE_SOCKET_$number:-}"
  if [ -n "$socket" ]; then
    set -- "$@" -netdev "vde,id=vlan$number,sock=$socket"
  else
    set -- "$@" -netdev "hubport,id=vlan$number,hubid=$number"
  fi
  set -- "$@" -device "virtio-net-pci,netdev=vlan$number,mac=${vlan#*=},romfile="
done

user=user,id=user0,restrict=on
for forward in $forwards; do
  user=$user,hostfwd=$forward
done

if [ -n "$firmware" ]; then
  variables=${NIX_EFI_VARS:-efi-vars.fd}
  if ! [ -e "$variables" ]; then
    cp "$firmware/OVMF_VARS_4M.fd" "$variables"
    chmod u+w "$variables"
  fi
  set -- "$@" -drive "if=pflash,unit=0,format=raw,readonly=on,file=$firmware/OVMF_CODE_4M.fd" \
    -drive "if=pflash,unit=1,format=raw,file=$variables"
fi

# A desktop has a screen of its size, and a tablet, whose pointer is where a click shall be.
if [ -n "$screen" ]; then
  set -- "$@" -global "VGA.xres=${screen% *}" -global "VGA.yres=${screen#* }" -device virtio-tablet-pci
fi

# The name of this machine and its neighbours' come with its start, so that no image has to know them.
cat "$initrd/initrd" "$identityFile" >initrd

# Emulating the newest instructions costs a tenth of a boot; what Debian needs, the older processor has.
case " $* ${QEMU_OPTS:-} " in
  *" accel=tcg "*) processor=Nehalem ;;
  *) processor=max ;;
esac

# shellcheck disable=SC2086 # QEMU_OPTS is a list
exec "$tools/bin/qemu-system-x86_64" -name "$machine" -machine pc -cpu "$processor" -m "$memorySize" -smp "$cores" \
  -nodefaults -no-user-config -kernel "$kernel/$kernelFile" -initrd initrd -append "$kernelParameters" \
  -netdev "$user" -device virtio-net-pci,netdev=user0,romfile= \
  -device virtio-rng-pci -device vmgenid,guid=auto -device pvpanic-pci -vga std "$@" ${QEMU_OPTS:-}
