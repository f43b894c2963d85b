# Make $out/initrd: /init, /bin/busybox and the $modules of $kernel with what they need, in loading order.
mkdir -p initrd/bin initrd/modules "$out"
for directory in dev proc sys identity packages layer modules-image disk root; do
  mkdir -p "initrd/$directory"
done
cp "$busybox/bin/busybox" initrd/bin/busybox
for applet in $("$busybox/bin/busybox" --list); do
  [ -e "initrd/bin/$applet" ] || ln -s busybox "initrd/bin/$applet"
done
cp "$init" initrd/init
chmod +x initrd/init
cp "$bootSpeed" initrd/boot-speed

# As `kmod static-nodes --format=tmpfiles` writes it.
while read -r module path device; do
  case $module in
    \#*) continue ;;
  esac
  case $path in
    */*) echo "d /dev/${path%/*} 0755 - - -" ;;
  esac
  case $device in
    b*) echo "b! /dev/$path 0600 - - - ${device#b}" ;;
    c*) echo "c! /dev/$path 0600 - - - ${device#c}" ;;
  esac
done <"$kernel/modules/lib/modules/$release/modules.devname" >initrd/static-nodes
# Debian's cloud kernels leave out PPP. Programs look for its node, and are told by it that there is no such device.
grep -q ' /dev/ppp ' initrd/static-nodes || echo "c! /dev/ppp 0600 - - - 108:0" >>initrd/static-nodes

for module in $modules; do
  # `builtin` lines name what the kernel has in itself; a module that it does not know at all is an error.
  "$tools/bin/modprobe" -d "$kernel/modules" -S "$release" --show-depends "$module" >depends
  while read -r kind file _; do
    [ "$kind" = insmod ] || continue
    name=${file##*/}
    name=${name%.xz}
    if ! [ -e "initrd/modules/$name" ]; then
      case $file in
        *.xz) xz -dc "$file" >"initrd/modules/$name" ;;
        *) cp "$file" "initrd/modules/$name" ;;
      esac
      echo "$name" >>initrd/modules/order
    fi
  done <depends
done

(
  cd initrd
  find . -exec touch -h -d @1 {} +
  find . | sort | cpio -o -H newc -R 0:0 --ignore-devno --renumber-inodes
) >"$out/initrd"
