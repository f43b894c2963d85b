"""The processes of a builder, as /proc shows them."""

from pathlib import Path

__all__ = ["command_line", "descendants"]


def _parents() -> dict[int, int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            # The name, in parentheses, may contain anything.
            parents[int(entry.name)] = int(status.rpartition(")")[2].split()[1])
    return parents


def descendants(ancestor: int) -> list[int]:
    """Return the process ids of all children, their children, and so on."""
    parents = _parents()
    found = [ancestor]
    for process in found:
        found.extend(child for child, parent in parents.items() if parent == process)
    return found[1:]


def command_line(process: int) -> list[str]:
    """Return the arguments of a process; none if it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text(errors="replace").split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []
