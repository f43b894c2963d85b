# Source this: changes the root $root to what a container has. It has no devices, no kernel to be configured, and no screen.
units=$root/etc/systemd/system

# The driver's way in: a socket in a folder that the driver sees, too.
mkdir -p "$units/qemu-guest-agent.service.d"
cat >"$units/qemu-guest-agent.service.d/container.conf" <<'END'
[Service]
ExecStart=
ExecStart=/usr/sbin/qemu-ga --method=unix-listen --path=/run/test-driver-channel/agent --statedir=/dev
# A systemd that was told to power off by a command of this unit waits for the unit's group to be empty.
KillMode=process
# It tells the journal of each call.
LogLevelMax=notice
END

# systemd would unmount the folder before a soft reboot, and could not mount it again.
mkdir -p "$units/run-test\\x2ddriver\\x2dchannel.mount.d"
printf '[Unit]\nDefaultDependencies=no\n' >"$units/run-test\\x2ddriver\\x2dchannel.mount.d/container.conf"

# Not masked: whoever starts one by hand gets it.
for wanted in sysinit.target/dev-hugepages.mount sysinit.target/sys-kernel-debug.mount sysinit.target/sys-kernel-tracing.mount \
  sysinit.target/systemd-modules-load.service sysinit.target/systemd-sysctl.service sysinit.target/systemd-udev-trigger.service \
  sysinit.target/systemd-udev-load-credentials.service sysinit.target/systemd-udevd.service \
  local-fs.target/systemd-remount-fs.service sockets.target/systemd-udevd-control.socket sockets.target/systemd-udevd-kernel.socket; do
  mkdir -p "$units/${wanted%/*}.wants"
  ln -sf /dev/null "$units/${wanted%/*}.wants/${wanted#*/}"
done

# These look for firmware, partitions, parameters of the kernel and credentials, or offer a login on the console, which has no input.
mkdir -p "$root/etc/systemd/system-generators"
for generator in bless-boot cryptsetup debug getty gpt-auto hibernate-resume import integritysetup run ssh tpm2 veritysetup; do
  ln -sf /dev/null "$root/etc/systemd/system-generators/systemd-$generator-generator"
done
