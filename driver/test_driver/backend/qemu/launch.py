"""What it takes to start a machine: its command line and its environment."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...screen.display import Display
from .arguments import (
    UNMERGED_REQUESTS,
    ChannelPaths,
    qemu_arguments,
    root_console_arguments,
)
from .instance import QemuLaunch
from .root_console import when_plugged

if TYPE_CHECKING:
    from ...machine.core import MachineCore


async def launch_of(
    machine: "MachineCore",
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
    accelerator = (await machine.context.acceleration()).accelerator
    display = Display()
    if configuration.graphics:
        display = machine.context.display(channels.monitor.with_suffix(".vnc"))
    if display.address is not None:
        machine.lines.say(f"screen: {display.address}")
    arguments = qemu_arguments(channels, accelerator=accelerator, allow_reboot=allow_reboot)
    arguments += display.arguments
    if configuration.logs_writes:
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
