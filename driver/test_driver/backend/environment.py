"""The variables that a start script finds."""

from collections.abc import Iterable
from pathlib import Path

from ..run.context import TestContext


def start_environment(
    session: TestContext, vlans: Iterable[int], folder: Path, efi_store: Path
) -> dict[str, str]:
    """Return the variables that a start script finds."""
    switches = {number: session.vlans[number] for number in vlans}
    return {
        **session.environment,
        "TMPDIR": str(folder),
        "USE_TMPDIR": "1",
        "SHARED_DIR": str(session.shared_folder),
        "NIX_EFI_VARS": str(efi_store),
        **{f"QEMU_VDE_SOCKET_{number}": str(vlan.folder) for number, vlan in switches.items()},
    }
