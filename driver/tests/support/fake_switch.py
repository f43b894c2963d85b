"""Stands in for vde_switch: makes its socket, and ends when its input ends."""

import os
import socket
import sys
from pathlib import Path


def main() -> None:
    """Be a switch."""
    if os.environ.get("HOME") == "/break":
        sys.exit("fake: no network")
    folder = Path(sys.argv[sys.argv.index("--sock") + 1])
    folder.mkdir()
    with socket.socket(socket.AF_UNIX) as control:
        control.bind(str(folder / "ctl"))
        sys.stdin.read()


if __name__ == "__main__":
    main()
