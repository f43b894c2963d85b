"""What the driver adds to the command line of a machine's QEMU, and to its environment."""

from dataclasses import dataclass
from pathlib import Path

AGENT_PORT = "test-driver-agent"
AGENT_PORT_NAME = "org.qemu.guest_agent.0"
SERIAL_BUS = "test-driver-serial.0"
# Two ports make a shell channel for commands (guest/shell_channel.py). They cannot be plugged in
# later: the state of a machine is only restored into one with the same devices.
SHELL_CHANNELS = 2
SHELL_CHANNEL_PORTS = tuple(
    (f"test-driver-shell-{number}-out", f"test-driver-shell-{number}-err")
    for number in range(SHELL_CHANNELS)
)
# The console of a root shell (guest/backdoor.py), /dev/hvc0 in the guest.
ROOT_CONSOLE = "test-driver-root-console"
# Until its devices are made, QEMU needs 40 MB of small pieces of memory: in large pages, these are
# there at once. Otherwise ten thousand page faults are half of the time that it takes to start.
ENVIRONMENT = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
# For machines whose writes are logged. QEMU merges requests up to the 1024 pieces that the host
# takes at once, its `blklogwrites` adds a head and an end, and the guest is told that its disk has
# failed. Until that filter tells QEMU's block layer that it takes fewer.
UNMERGED_REQUESTS = ["-global", "virtio-blk-device.request-merging=off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelPaths:
    """Where the sockets between the driver and one QEMU lie."""

    monitor: Path
    console: Path
    agent: Path
    channels: tuple[tuple[Path, Path], ...]
    root_console: Path

    @classmethod
    def in_folder(cls, folder: Path, prefix: str) -> "ChannelPaths":
        """Return short paths in a folder."""
        return cls(
            monitor=folder / f"{prefix}.monitor",
            console=folder / f"{prefix}.console",
            agent=folder / f"{prefix}.agent",
            channels=tuple(
                (folder / f"{prefix}.l{number}o", folder / f"{prefix}.l{number}e")
                for number in range(SHELL_CHANNELS)
            ),
            root_console=folder / f"{prefix}.hvc0",
        )


def qemu_arguments(channels: ChannelPaths, *, accelerator: str, allow_reboot: bool) -> list[str]:
    """Return the arguments that give the driver its channels.

    QEMU connects to the monitor's socket, on which the driver listens, so that nobody polls. The
    console is a pair of pipes, so that nothing a machine writes is lost. The agent's socket is
    QEMU's, because the driver connects anew after a reboot.
    """
    arguments = [
        "-machine",
        f"accel={accelerator}",
        "-display",
        "none",
        # Before the monitor: once QEMU has come to that, it has opened the pipes.
        "-chardev",
        f"pipe,id=test-driver-console,path={_escaped(channels.console)}",
        "-chardev",
        f"socket,id=test-driver-monitor,path={_escaped(channels.monitor)}",
        "-mon",
        "chardev=test-driver-monitor,mode=control",
        "-serial",
        "chardev:test-driver-console",
        "-chardev",
        f"socket,id=test-driver-agent,path={_escaped(channels.agent)},server=on,wait=off",
        "-device",
        "virtio-serial-pci,id=test-driver-serial",
        "-device",
        f"virtserialport,bus={SERIAL_BUS},chardev=test-driver-agent,"
        f"id={AGENT_PORT},name={AGENT_PORT_NAME}",
        *(
            argument
            for names, paths in zip(SHELL_CHANNEL_PORTS, channels.channels, strict=True)
            for name, path in zip(names, paths, strict=True)
            for argument in _port(name, path)
        ),
        # A guest that begins from a snapshot would tell its neighbours so, before it has its own
        # address; and QEMU 10 crashes when such a guest is reset after it was told not to.
        "-global",
        "virtio-net-pci.guest_announce=off",
        # A panic is reported by an event. The default would end QEMU before the console is read.
        "-action",
        "panic=none",
    ]
    return arguments if allow_reboot else [*arguments, "-no-reboot"]


def root_console_arguments(channels: ChannelPaths) -> list[str]:
    """Return the arguments that give a machine the console of its root shell from the start."""
    return _port(ROOT_CONSOLE, channels.root_console, driver="virtconsole")


def _port(name: str, path: Path, driver: str = "virtserialport") -> list[str]:
    return [
        "-chardev",
        f"socket,id={name},path={_escaped(path)},server=on,wait=off",
        "-device",
        f"{driver},bus={SERIAL_BUS},chardev={name},id={name}-port,name={name}",
    ]


def _escaped(path: Path) -> str:
    """Return a path as QEMU's option syntax wants it: a comma is doubled."""
    return str(path).replace(",", ",,")
