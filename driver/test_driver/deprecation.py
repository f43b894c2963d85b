"""Older names that scripts still use."""

from .log import MachineLog, say


def deprecated(old: str, new: str, machine: str | None = None) -> None:
    """Say what to write instead of an older name."""
    text = f"{old} is deprecated: write {new}"
    if machine is None:
        say(text)
    else:
        MachineLog(machine).say(text)
