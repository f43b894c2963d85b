# Source this: changes the units of the root $root to what a container has. It has no devices, and no kernel to be configured.
units=$root/etc/systemd/system
wanted=$root/etc/systemd/system/sysinit.target.wants

# The driver's way in: a socket in a folder that the driver sees, too.
mkdir -p "$units/qemu-guest-agent.service.d"
cat >"$units/qemu-guest-agent.service.d/container.conf" <<'END'
[Service]
ExecStart=
ExecStart=/usr/sbin/qemu-ga --method=unix-listen --path=/run/test-driver-channel/agent --statedir=/dev
# A systemd that was told to power off by a command of this unit waits for the unit's group to be empty.
KillMode=process
END

# systemd would unmount the folder before a soft reboot, and could not mount it again.
mkdir -p "$units/run-test\\x2ddriver\\x2dchannel.mount.d"
printf '[Unit]\nDefaultDependencies=no\n' >"$units/run-test\\x2ddriver\\x2dchannel.mount.d/container.conf"

for unit in \
  dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount systemd-modules-load.service systemd-udev-trigger.service \
  systemd-udev-load-credentials.service systemd-udevd.service systemd-udevd-control.socket systemd-udevd-kernel.socket \
  systemd-sysctl.service; do
  ln -sf /dev/null "$wanted/$unit"
done
