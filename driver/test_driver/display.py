"""How a person sees the screens of machines: in windows, or through VNC where there can be none."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

WINDOWS = ("gtk", "sdl")
SERVERS = ("WAYLAND_DISPLAY", "DISPLAY")
PASSED_ON = (*SERVERS, "XAUTHORITY", "XDG_RUNTIME_DIR")
ASK_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """What QEMU is told, what it needs for that, and where a person finds the screen."""

    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    address: str | None = None


def no_display(path: Path) -> Display:
    """Return the display of a machine that nobody looks at."""
    return Display()


def person_display(qemu: str) -> Callable[[Path], Display]:
    """Return what makes a machine's display, from a path for its socket."""
    environment = {name: os.environ[name] for name in PASSED_ON if os.environ.get(name)}
    if any(server in environment for server in SERVERS):
        offered = _offered(qemu)
        for window in WINDOWS:
            if window in offered:
                display = Display(arguments=("-display", window), environment=environment)
                return lambda path: display
    return _vnc


def _vnc(path: Path) -> Display:
    return Display(arguments=("-vnc", f"unix:{path}"), address=f"VNC at unix:{path}")


def _offered(qemu: str) -> list[str]:
    """Return the kinds of display that this QEMU was built with."""
    try:
        found = subprocess.run(
            [qemu, "-display", "help"],
            capture_output=True,
            text=True,
            timeout=ASK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return found.stdout.split()
