"""What the machines of one test share."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..backend.boot import PreLaunchHook
from ..backend.nspawn.cgroups import Cgroups
from ..backend.nspawn.image_holder import ImageHolder
from ..backend.qemu.acceleration import Acceleration
from ..compatibility import REHEARSE, Compatibility
from ..log import ConsoleEcho
from ..loop import LoopThread
from ..network.active_faults import NetworkFaults
from ..network.vlan import Vlan
from ..output import OutputFolder
from ..screen.display import Display, no_display
from ..screen.recognition import Recognition
from ..script.conditions import PollingConditions
from ..script_environment import ScriptEnvironment
from ..steps import Steps
from ..trouble.ledger import TroubleLedger
from ..unexpected_ends import Losses


@dataclass(frozen=True, slots=True, kw_only=True)
class TestContext:
    """The context of the machines of one test."""

    loop: LoopThread
    steps: Steps
    output: OutputFolder
    state_folder: Path
    shared_folder: Path
    socket_folder: Path
    environment: Mapping[str, str]
    vlans: Mapping[int, Vlan]
    faults: NetworkFaults
    # What features do to a machine whose guest stands still, before the faults of networks.
    machine_hooks: Sequence[PreLaunchHook]
    acceleration: Callable[[], Awaitable[Acceleration]]
    recognition: Recognition
    # The unpacked images of containers.
    container_images: ImageHolder = field(default_factory=lambda: ImageHolder(()))
    # The cgroups of containers.
    cgroups: Cgroups = field(default_factory=Cgroups)
    # What opens disk images, from the same QEMU that runs the machines.
    storage_daemon: Path = Path("qemu-storage-daemon")
    # What shows a machine's screen to a person; the path is for its socket.
    display: Callable[[Path], Display] = no_display
    conditions: PollingConditions = field(default_factory=PollingConditions)
    losses: Losses = field(default_factory=Losses)
    console_echo: ConsoleEcho = field(default_factory=ConsoleEcho)
    troubles: TroubleLedger = field(default_factory=TroubleLedger)
    script_environment: ScriptEnvironment = field(default_factory=ScriptEnvironment)
    # What methods mean where nixpkgs' driver differs.
    compatibility: Compatibility = REHEARSE

    @property
    def pre_launch_hooks(self) -> Sequence[PreLaunchHook]:
        """What is done to a machine whose guest stands still, before the guest runs."""
        return (*self.machine_hooks, self.faults)
