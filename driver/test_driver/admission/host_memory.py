"""The memory of the host: what there is, what is free, and whether programs wait for it."""

import math
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
CGROUPS = Path("/sys/fs/cgroup")
# Pages of files count as used in a cgroup, and can be had.
_RECLAIMABLE = ("inactive_file", "active_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMemory:
    """A look at the memory that this process can have, in MiB."""

    total_mib: float
    available_mib: float
    # How much of the last ten seconds some program waited for memory, in per cent.
    pressure: float = 0.0


def read_host_memory(proc: Path = PROC, cgroups: Path = CGROUPS) -> HostMemory:
    """Return what the host has, or the cgroup of this process where that limits it further."""
    found = _meminfo(proc / "meminfo")
    total = found.get("MemTotal", math.inf)
    available = found.get("MemAvailable", math.inf)
    for folder in _own_cgroups(proc / "self" / "cgroup", cgroups):
        if (limit := _number(folder / "memory.max")) is None:
            continue
        used = (_number(folder / "memory.current") or 0) - _reclaimable(folder / "memory.stat")
        total = min(total, limit / 2**20)
        available = min(available, (limit - used) / 2**20)
    return HostMemory(
        total_mib=total,
        available_mib=available,
        pressure=_pressure(proc / "pressure" / "memory"),
    )


def resident_mib(pid: int, proc: Path = PROC) -> float:
    """Return the memory that a process has and nobody could take from it; 0 if it is gone.

    That is without pages of files, such as those of a snapshot that its guest only reads.
    """
    found = _meminfo(proc / str(pid) / "status")
    return found.get("RssAnon", 0.0) + found.get("RssShmem", 0.0)


def _meminfo(path: Path) -> dict[str, float]:
    """Return the numbers of a file with lines such as `MemTotal: 16 kB`, in MiB."""
    found = {}
    for line in _text(path).splitlines():
        name, _, value = line.partition(":")
        parts = value.split()
        if len(parts) == 2 and parts[1] == "kB" and parts[0].isdigit():
            found[name] = int(parts[0]) / 1024
    return found


def _pressure(path: Path) -> float:
    for line in _text(path).splitlines():
        if line.startswith("some "):
            values = dict(part.split("=", 1) for part in line.split()[1:] if "=" in part)
            try:
                return float(values.get("avg10", 0))
            except ValueError:
                return 0.0
    return 0.0


def _own_cgroups(file: Path, root: Path) -> list[Path]:
    """Return the folders of the cgroups that this process is in, of version 2."""
    for line in _text(file).splitlines():
        if line.startswith("0::/"):
            inner = Path(line[4:])
            return [root / inner, *(root / one for one in inner.parents)]
    return []


def _reclaimable(path: Path) -> int:
    parts = [line.split() for line in _text(path).splitlines()]
    return sum(int(one[1]) for one in parts if len(one) == 2 and one[0] in _RECLAIMABLE)


def _number(path: Path) -> int | None:
    """Return the number in a file; None for `max`, or if there is no such file."""
    text = _text(path).strip()
    return int(text) if text.isdigit() else None


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
