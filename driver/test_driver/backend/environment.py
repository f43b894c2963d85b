"""The variables that a start script finds."""

from collections.abc import Iterable
from pathlib import Path

from ..run.context import TestContext


def start_environment(
    context: TestContext, vlans: Iterable[int], folder: Path, efi_store: Path
) -> dict[str, str]:
    """Return the variables that a start script finds, those that the script has set included."""
    switches = {number: context.vlans[number] for number in vlans}
    return {
        **context.environment,
        "NIX_EFI_VARS": str(efi_store),
        **context.script_environment.for_machines(),
        "TMPDIR": str(folder),
        "USE_TMPDIR": "1",
        "SHARED_DIR": str(context.shared_folder),
        **{f"QEMU_VDE_SOCKET_{number}": str(vlan.folder) for number, vlan in switches.items()},
    }
