#!/bin/sh
# First process of a Debian node: loads modules, puts the root file system together, gives the machine its identity
# (name, hosts, addresses), and hands over to systemd. Everything that systemd would start a process for is done here.
export PATH=/bin
# The kernel hands parameters that it does not know to its first process, as variables. None of them is one of this script's.
unset populate login root_file_system disk_root disk_packages disk_layer disk_modules

mount -t proc -o nosuid,nodev,noexec proc /proc
mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
mount -t devtmpfs -o nosuid,mode=0755 udev /dev

stop() {
  # The driver watches the console for this line, and `panic=-1` ends QEMU.
  echo "rehearse: init: $*" >/dev/console
  echo "Kernel panic - not syncing: rehearse: init: $*" >/dev/console
  sleep 1
  echo c >/proc/sysrq-trigger
}

# A parameter is no pattern for names of files.
set -f
read -r parameters </proc/cmdline
of_modules=
for parameter in $parameters; do
  case $parameter in
    rehearse.root=*) root_file_system=${parameter#*=} ;;
    rehearse.populate) populate=1 ;;
    rehearse.login) login=1 ;;
    net.ifnames=* | modprobe.blacklist=* | random.trust_cpu=* | systemd.*) ;;
    *.*=*) of_modules="$of_modules $parameter" ;;
  esac
done
while read -r module; do
  # As modprobe does it: NAME.OPTION=VALUE is an option of the module NAME.
  options=
  for parameter in $of_modules; do
    case $parameter in
      "${module%.ko}".*) options="$options ${parameter#*.}" ;;
    esac
  done
  # shellcheck disable=SC2086 # a list
  insmod "/modules/$module" $options || stop "module $module does not load"
done </modules/order
set +f

# Disks are known by the serial numbers that the start script gives them.
# (A process costs more than a line of shell here: what can be read with `read` is.)
for device in /sys/block/vd*; do
  read -r serial <"$device/serial"
  case $serial in
    root | packages | layer | modules) eval "disk_$serial=/dev/\${device##*/}" ;;
  esac
done

if [ -n "$populate" ]; then
  # The build of an image: a tree onto an empty file system, and off.
  mount -t erofs -o ro "$disk_packages" /packages || stop "the tree does not mount"
  mount -t "$root_file_system" "$disk_root" /disk || stop "the new file system does not mount"
  cp -a /packages/. /disk/ || stop "the tree was not copied"
  umount /disk && echo "rehearse: populated"
  poweroff -f
fi

[ -n "$disk_root" ] || stop "there is no disk with the serial number root"
if [ "$root_file_system" = overlay ]; then
  mount -t erofs -o ro "$disk_packages" /packages || stop "the packages image does not mount"
  lower=/packages
  if [ -n "$disk_layer" ]; then
    mount -t erofs -o ro "$disk_layer" /layer || stop "the layer image does not mount"
    lower=/layer:/packages
  fi
  mount -t ext4 "$disk_root" /disk || stop "the disk does not mount"
  mkdir -p /disk/upper /disk/work
  mount -t overlay -o "lowerdir=$lower,upperdir=/disk/upper,workdir=/disk/work" overlay /root || stop "the overlay does not mount"
else
  mount -t "$root_file_system" "$disk_root" /root || stop "the $root_file_system root does not mount"
fi
mount -t erofs -o ro "$disk_modules" /modules-image || stop "the modules image does not mount"
read -r release </proc/sys/kernel/osrelease
mkdir -p "/root/usr/lib/modules/$release"
mount -o bind "/modules-image/$release" "/root/usr/lib/modules/$release"

# Who this machine is among its neighbours; the archive with these files is appended when the machine starts.
read -r name </identity/hostname
echo "$name" >/proc/sys/kernel/hostname
cp /identity/hostname /identity/hosts /root/etc/
ip link set lo up
while read -r interface mac address4 address6; do
  for candidate in /sys/class/net/*; do
    read -r address <"$candidate/address"
    [ "$address" = "$mac" ] || continue
    found=${candidate##*/}
    if [ "$found" != "$interface" ]; then
      ip link set "$interface" name "was-$interface" 2>/dev/null
      ip link set "$found" name "$interface"
    fi
    # The addresses are known to be unique: nothing to wait for. A card without one takes what routers and others offer.
    if [ "$address4$address6" != -- ]; then
      echo 0 >"/proc/sys/net/ipv6/conf/$interface/accept_dad"
      echo 0 >"/proc/sys/net/ipv6/conf/$interface/accept_ra"
    fi
    [ "$address4" = - ] || ip addr add "$address4" broadcast + dev "$interface"
    [ "$address6" = - ] || ip addr add "$address6" dev "$interface"
    ip link set "$interface" up
  done
done </identity/interfaces

# The agent's port by its name, before udev is there.
mkdir -p /dev/virtio-ports
for port in /sys/class/virtio-ports/*; do
  read -r label <"$port/name"
  if [ -n "$label" ]; then
    ln -sf "../${port##*/}" "/dev/virtio-ports/$label"
  fi
done

# What systemd would mount by a process each.
mkdir -p /dev/mqueue /dev/hugepages
mount -t mqueue -o nosuid,nodev,noexec mqueue /dev/mqueue
mount -t hugetlbfs -o nosuid,nodev hugetlbfs /dev/hugepages 2>/dev/null
mount -t debugfs -o nosuid,nodev,noexec debugfs /sys/kernel/debug
mount -t tracefs -o nosuid,nodev,noexec tracefs /sys/kernel/tracing 2>/dev/null
mount -t fusectl -o nosuid,nodev,noexec fusectl /sys/fs/fuse/connections 2>/dev/null
mount -t tmpfs -o mode=1777,strictatime,nosuid,nodev,size=50%,nr_inodes=1m tmpfs /root/tmp
mount -t tmpfs -o mode=0755,nosuid,nodev tmpfs /root/run
mkdir -m 1777 /root/run/lock
mount -t tmpfs -o mode=1777,nosuid,nodev,noexec,size=5m tmpfs /root/run/lock

# A login on the screen, on the machines that have one: the image is everybody's.
if [ -n "$login" ]; then
  mkdir -p /root/run/systemd/system/getty.target.wants
  ln -s /usr/lib/systemd/system/getty@.service /root/run/systemd/system/getty.target.wants/getty@tty1.service
fi

mkdir -p /root/run/tmpfiles.d /root/run/systemd/system-generators /root/run/systemd/system/sysinit.target.wants
# The device nodes whose modules are loaded when somebody opens them (as kmod-static-nodes.service has it): systemd-tmpfiles
# makes them.
while read -r line; do
  echo "$line"
done </static-nodes >/root/run/tmpfiles.d/static-nodes.conf

. /boot-speed

for directory in dev proc sys; do
  mount -o move "/$directory" "/root/$directory"
done
exec switch_root /root /usr/lib/systemd/systemd
