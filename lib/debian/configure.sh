# Runs inside a new root: lets dpkg unpack and configure what lies in /build, then leaves the tree as a machine wants it.
set -eu

dpkg_run() {
  dpkg --force-unsafe-io --force-depends --force-confnew "$@" </dev/null >/build/dpkg.log 2>&1 || {
    echo "rehearse: dpkg $1 failed:" >&2
    tail -n 60 /build/dpkg.log >&2
    exit 1
  }
}

# The sandbox refuses set-user-id bits, so that such a file has its mode in fakeroot's book alone: let it be run here.
make_runnable() {
  find / -xdev -type f -perm /6000 -not -path '/build/*' -exec env LD_PRELOAD= chmod 0755 {} +
}

dpkg_run --unpack /build/essential/*.deb
make_runnable
dpkg_run --configure -a
for deb in /build/rest/*.deb; do
  if [ -e "$deb" ]; then
    dpkg_run --unpack /build/rest/*.deb
    make_runnable
    dpkg_run --configure -a
  fi
  break
done

# People log in on the console as root, without a password.
passwd -d root >/dev/null

# What differs from build to build, or belongs to one machine only.
rm -f /usr/sbin/policy-rc.d /var/lib/dbus/machine-id /var/cache/ldconfig/aux-cache /etc/ssh/ssh_host_*
find /var/log -type f -delete
rm -rf /var/cache/debconf/*-old /var/lib/dpkg/*-old /tmp/* /var/tmp/* /run/*
: >/etc/machine-id
rm -rf /var/log/journal

mkdir -p /etc/systemd/system/sysinit.target.wants
cd /etc/systemd/system

# The driver's way in. It starts as soon as there are journal, temporary files and kernel variables, not when udev has
# found its device: udev's work comes next, and does not slow down the agent's start.
cat >qemu-guest-agent.service <<'END'
[Unit]
Description=QEMU Guest Agent
DefaultDependencies=no
After=systemd-tmpfiles-setup.service systemd-sysctl.service
Before=systemd-udevd.service systemd-udev-trigger.service shutdown.target
Conflicts=shutdown.target
# Whatever target a test isolates, the driver stays in.
IgnoreOnIsolate=yes
RefuseManualStop=yes
# A test may kill it as often as it likes.
StartLimitIntervalSec=0

[Service]
Type=exec
# When memory is short, commands are killed and neither the agent nor the shell that starts them, nor all else when one is.
OOMPolicy=continue
OOMScoreAdjust=-1000
# The driver reads the console: when the agent ends, the line says how.
ExecStopPost=-/bin/sh -c 'echo "rehearse: the guest agent has ended: $SERVICE_RESULT, $EXIT_CODE $EXIT_STATUS" >/dev/console'
# Until the machine is up, what the script wants comes before what merely starts beside it.
StartupCPUWeight=1000
# It writes a state file at each file it opens, and refuses all of them when that fails. /dev does not fill up when /run does.
ExecStart=/usr/sbin/qemu-ga --method=virtio-serial --path=/dev/virtio-ports/org.qemu.guest_agent.0 --statedir=/dev
Restart=always
RestartSec=0

[Install]
WantedBy=sysinit.target
END
ln -s ../qemu-guest-agent.service sysinit.target.wants/

# Not started with the machine, because the initial RAM disk and the build have done their work already, or because only a
# machine that lives for long needs them. Each costs tenths of a second of a boot under emulation. They are not masked: whoever
# starts one by hand gets it. docs/debian-nodes.md has this list with the reasons.
for unit in \
  dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer \
  kmod-static-nodes.service ldconfig.service sys-fs-fuse-connections.mount sys-kernel-config.mount \
  systemd-firstboot.service systemd-hwdb-update.service systemd-journal-catalog-update.service \
  systemd-machine-id-commit.service systemd-pstore.service systemd-random-seed.service systemd-sysusers.service \
  systemd-tmpfiles-setup-dev-early.service systemd-tmpfiles-setup-dev.service systemd-update-done.service; do
  # What packages enable is a link here.
  rm -f ./*.wants/$unit
  for wanted in /usr/lib/systemd/system/*.wants/$unit; do
    if [ -L "$wanted" ]; then
      target=${wanted#/usr/lib/systemd/system/}
      mkdir -p "${target%/*}"
      ln -s /dev/null "$target"
    fi
  done
done
# Without the module of PAM for sessions nobody but D-Bus asks for logind, and that starts it.
if ! [ -e /usr/lib/x86_64-linux-gnu/security/pam_systemd.so ]; then
  mkdir -p multi-user.target.wants
  ln -s /dev/null multi-user.target.wants/systemd-logind.service
fi
# A node with a screen asks for its login at the start.
rm -f getty.target.wants/getty@tty1.service
# The journal is in memory unless there is a folder for it.
mkdir -p systemd-journal-flush.service.d
printf '[Unit]\nConditionPathIsDirectory=/var/log/journal\n' >systemd-journal-flush.service.d/rehearse.conf
# One process makes all temporary files, those of /dev too.
mkdir -p systemd-tmpfiles-setup.service.d
printf '[Service]\nExecStart=\nExecStart=systemd-tmpfiles --create --remove --boot\n' \
  >systemd-tmpfiles-setup.service.d/rehearse.conf
cat >/usr/lib/tmpfiles.d/rehearse.conf <<'END'
# What boot-speed.sh has left out of this boot is as on any Debian from here on.
R! /run/systemd/system-generators
r! /run/systemd/system/sysinit.target.wants/systemd-modules-load.service
r! /run/systemd/system/systemd-udev-load-credentials.service
# The groups and modes that udev's rules give to devices about which it is not asked at the start.
z /dev/tty[0-9]* 0600 root tty -
z /dev/tty[A-Z]*[0-9] 0660 root dialout -
z /dev/tty 0666 root tty -
z /dev/ptmx 0666 root tty -
z /dev/vcs* 0660 root tty -
z /dev/mem 0640 root kmem -
z /dev/port 0640 root kmem -
z /dev/btrfs-control 0660 root disk -
z /dev/udmabuf 0660 root kvm -
L /dev/rtc - - - - rtc0
END
# Debian's installer writes these.
[ -e /etc/fstab ] || echo '# UNCONFIGURED FSTAB FOR BASE SYSTEM' >/etc/fstab
[ -e /etc/resolv.conf ] || : >/etc/resolv.conf
# The filters of system calls cost these two, which every machine starts with, half a second each. Nothing is tested by
# locking up systemd's own daemons; all other services keep theirs.
for daemon in systemd-journald systemd-udevd; do
  mkdir -p $daemon.service.d
  cat >$daemon.service.d/rehearse.conf <<'END'
[Service]
LockPersonality=no
MemoryDenyWriteExecute=no
PrivateMounts=no
ProtectClock=no
ProtectHostname=no
RestrictAddressFamilies=
RestrictNamespaces=no
RestrictRealtime=no
RestrictSUIDSGID=no
SystemCallArchitectures=
SystemCallFilter=
END
done
# What is asked at start is whether a driver is missing, and that only of what can be plugged in: not of each of the
# terminals, processors and memory blocks. A shell that writes to sysfs is what `udevadm trigger` does, and starts faster.
mkdir -p systemd-udev-trigger.service.d /usr/lib/rehearse
cat >/usr/lib/rehearse/coldplug <<'END'
#!/bin/sh
for device in /sys/class/block/* /sys/class/net/* /sys/class/tty/ttyS0 /sys/class/tty/hvc* /sys/class/input/* \
  /sys/class/drm/* /sys/class/nvme/* /sys/class/rtc/* /sys/class/sound/* /sys/class/virtio-ports/* /sys/class/watchdog/* \
  /sys/bus/pci/devices/* /sys/bus/scsi/devices/* /sys/bus/usb/devices/* /sys/bus/virtio/devices/*; do
  if [ -e "$device/uevent" ]; then echo add >"$device/uevent"; fi
done
END
chmod 0755 /usr/lib/rehearse/coldplug
printf '[Service]\nExecStart=\nExecStart=-/usr/lib/rehearse/coldplug\n' >systemd-udev-trigger.service.d/rehearse.conf
# Host keys were removed above, since an image is shared: each machine makes its own when its server starts.
if [ -e /usr/lib/systemd/system/ssh.service ]; then
  mkdir -p ssh.service.d
  printf '[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n' >ssh.service.d/host-keys.conf
fi
