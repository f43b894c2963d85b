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

[Service]
Type=exec
# Until the machine is up, what the script wants comes before what merely starts beside it.
StartupCPUWeight=1000
ExecStart=/usr/sbin/qemu-ga --method=virtio-serial --path=/dev/virtio-ports/org.qemu.guest_agent.0 --statedir=/run
Restart=always
RestartSec=0

[Install]
WantedBy=sysinit.target
END
ln -s ../qemu-guest-agent.service sysinit.target.wants/

# Nobody waits at these, or the initial RAM disk and the build have done their work already; each costs a machine
# under emulation tenths of a second of its start.
for unit in \
  dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-tmpfiles-clean.timer \
  serial-getty@ttyS0.service kmod-static-nodes.service ldconfig.service \
  modprobe@configfs.service modprobe@fuse.service sys-fs-fuse-connections.mount sys-kernel-config.mount \
  systemd-firstboot.service systemd-hwdb-update.service systemd-journal-catalog-update.service \
  systemd-journal-flush.service systemd-machine-id-commit.service systemd-pstore.service \
  systemd-random-seed.service systemd-remount-fs.service systemd-sysusers.service \
  systemd-tmpfiles-setup-dev-early.service systemd-tmpfiles-setup-dev.service systemd-udev-load-credentials.service \
  systemd-update-done.service systemd-update-utmp.service; do
  ln -sf /dev/null "$unit"
done
# A node with a screen asks for its login at the start.
rm -f getty.target.wants/getty@tty1.service
# A list of modules without one is a process for nothing.
grep -q '^[^#]' /etc/modules-load.d/modules.conf || rm /etc/modules-load.d/modules.conf
# One process makes all temporary files, those of /dev too.
mkdir -p systemd-tmpfiles-setup.service.d
printf '[Service]\nExecStart=\nExecStart=systemd-tmpfiles --create --remove --boot\n' \
  >systemd-tmpfiles-setup.service.d/rehearse.conf
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
# init.sh masks those of fstab, rc.local and init.d where a machine has none.
mkdir -p /etc/systemd/system-generators
for generator in bless-boot cryptsetup debug getty gpt-auto hibernate-resume import integritysetup run ssh \
  system-update tpm2 veritysetup; do
  ln -sf /dev/null "/etc/systemd/system-generators/systemd-$generator-generator"
done
# What is asked at start is whether a driver is missing, and that only of what can be plugged in: not of each of the
# terminals, processors and memory blocks.
mkdir -p systemd-udev-trigger.service.d
cat >systemd-udev-trigger.service.d/rehearse.conf <<'END'
[Service]
ExecStart=
ExecStart=-/usr/bin/udevadm trigger --type=all --action=add --subsystem-match=block --subsystem-match=drm \
  --subsystem-match=input --subsystem-match=net --subsystem-match=nvme --subsystem-match=pci \
  --subsystem-match=scsi --subsystem-match=sound --subsystem-match=usb --subsystem-match=virtio \
  --subsystem-match=virtio-ports --subsystem-match=watchdog
END
# Sessions need PAM's module; without it logind has nothing to do.
if ! [ -e /usr/lib/x86_64-linux-gnu/security/pam_systemd.so ]; then
  ln -sf /dev/null systemd-logind.service
fi
# Host keys were removed above, since an image is shared: each machine makes its own when its server starts.
if [ -e /usr/lib/systemd/system/ssh.service ]; then
  mkdir -p ssh.service.d
  printf '[Service]\nExecStartPre=\nExecStartPre=/usr/bin/ssh-keygen -A\nExecStartPre=/usr/sbin/sshd -t\n' >ssh.service.d/host-keys.conf
fi
