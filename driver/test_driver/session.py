"""What the machines of one test share."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .compatibility import REHEARSE, Compatibility
from .log import ConsoleEcho
from .loop import LoopThread
from .losses import Losses
from .network.faults_in_force import FaultsInForce
from .network.vlan import Vlan
from .output import OutputFolder
from .qemu.acceleration import Acceleration
from .screen.display import Display, no_display
from .script.conditions import PollingConditions
from .script_environment import ScriptEnvironment
from .steps import Steps
from .trouble.ledger import TroubleLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The surroundings of the machines of one test."""

    loop: LoopThread
    steps: Steps
    output: OutputFolder
    state_folder: Path
    shared_folder: Path
    socket_folder: Path
    environment: Mapping[str, str]
    vlans: Mapping[int, Vlan]
    faults: FaultsInForce
    acceleration: Callable[[], Awaitable[Acceleration]]
    tesseract: str = "tesseract"
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
