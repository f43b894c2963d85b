/** What every Debian node has, beside Debian's essential packages: an init, the agent, and what the driver's methods use. */
[
  "bash"
  "dbus"
  "iproute2"
  "iputils-ping"
  "kmod"
  "netcat-openbsd"
  "procps"
  "qemu-guest-agent"
  "systemd"
  "systemd-sysv"
  "udev"
  "util-linux"
]
