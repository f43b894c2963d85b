"""What it takes to start a machine: its command line and its environment."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..screen.display import Display
from .arguments import (
    UNMERGED_REQUESTS,
    ChannelPaths,
    qemu_arguments,
    root_console_arguments,
)
from .root_console import when_plugged
from .run import QemuLaunch

if TYPE_CHECKING:
    from ..machine import Machine
    from ..session import Session


async def launch_of(
    machine: "Machine",
    channels: ChannelPaths,
    environment: Mapping[str, str],
    *,
    allow_reboot: bool,
    root_console: bool = False,
    extra: Sequence[str],
) -> QemuLaunch:
    """Return how QEMU is started for a machine: its start command, and what the driver adds.

    `root_console` says that the machine whose state it waits for had one.
    """
    configuration = machine.configuration
    accelerator = (await machine.session.acceleration()).accelerator
    display = Display()
    if configuration.graphics:
        display = machine.session.display(channels.monitor.with_suffix(".vnc"))
    if display.address is not None:
        machine.lines.say(f"its screen: {display.address}")
    arguments = qemu_arguments(channels, accelerator=accelerator, allow_reboot=allow_reboot)
    arguments += display.arguments
    if configuration.power_cuts:
        arguments += UNMERGED_REQUESTS
    when = when_plugged(configuration, restored_with=root_console)
    if when == "start":
        arguments += root_console_arguments(channels)
    if machine.vsock_cid is not None:
        arguments += ["-device", f"vhost-vsock-pci,guest-cid={machine.vsock_cid}"]
    return QemuLaunch(
        machine=machine.name,
        command=(*configuration.start_command, *arguments, *extra),
        cwd=machine.state_dir,
        environment={**environment, **display.environment},
        channels=channels,
        allow_reboot=allow_reboot,
        viewer=display.viewer,
        root_console=when,
        on_loss=machine.lost,
    )


def start_environment(
    session: "Session", vlans: Iterable[int], folder: Path, efi_store: Path
) -> dict[str, str]:
    """Return the variables that a start script finds, those that the script has set included."""
    switches = {number: session.vlans[number] for number in vlans}
    return {
        **session.environment,
        "NIX_EFI_VARS": str(efi_store),
        **session.script_environment.for_machines(),
        "TMPDIR": str(folder),
        "USE_TMPDIR": "1",
        "SHARED_DIR": str(session.shared_folder),
        **{f"QEMU_VDE_SOCKET_{number}": str(vlan.folder) for number, vlan in switches.items()},
    }
