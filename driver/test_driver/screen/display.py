"""How a person sees the screens of machines: in windows, or through VNC where there can be none."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .viewer import find_viewer

WINDOWS = ("gtk", "sdl")
SERVERS = ("WAYLAND_DISPLAY", "DISPLAY")
PASSED_ON = (*SERVERS, "XAUTHORITY", "XDG_RUNTIME_DIR")
ASK_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Display:
    """What QEMU is told, what it needs for that, where the screen is, and what shows it then."""

    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    address: str | None = None
    viewer: tuple[str, ...] = ()


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
        if (viewer := find_viewer()) is not None:
            return lambda path: _vnc(path, viewer)
    return _vnc


def _vnc(path: Path, viewer: str | None = None) -> Display:
    way = f"in a window of {viewer}" if viewer else f"seen with TigerVNC's: vncviewer {path}"
    return Display(
        arguments=("-vnc", f"unix:{path}"),
        address=f"VNC at unix:{path}, {way}",
        viewer=(viewer, str(path)) if viewer else (),
    )


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
