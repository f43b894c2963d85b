"""The computer on which something was measured."""

import os
import platform
from pathlib import Path


def host() -> dict[str, object]:
    """Return what figures of this computer have to be read with."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "kernel": platform.release(),
        "kvm_device": os.access("/dev/kvm", os.R_OK | os.W_OK),
    }


def load() -> float:
    """Return how many processes wanted to run, on average of the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()
