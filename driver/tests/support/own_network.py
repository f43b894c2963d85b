"""A fake container in a network namespace of its own, with the cards that the kernel makes.

As a program, it is its start script: it starts the program of the cards, and becomes the container.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # it runs as a program of its own

from test_driver.network import tap


def why_no_cards() -> str | None:
    """Return why the tests cannot make cards; `None` if they can."""
    try:
        os.close(os.open(tap.DEVICE, os.O_RDWR))
        subprocess.run(["unshare", "-rn", "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no network cards can be made here: {error}"
    return None


NO_CARDS = why_no_cards()
needs_cards = pytest.mark.skipif(NO_CARDS is not None, reason=str(NO_CARDS))

FAKE = str(Path(__file__).parent / "fake_container.py")


def main() -> None:
    """Start the program of the cards, and become the container."""
    folder = os.environ["QEMU_VDE_SOCKET_1"]
    command = [*os.environ["CONTAINER_CARDS"].split(), f"eth1={sys.argv[1]}={folder}"]
    program = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert program.stdout is not None
    if program.stdout.readline() != b"ready\n":
        sys.exit("cannot make its network cards (see above)")
    os.execv(sys.executable, [sys.executable, FAKE, "--no-cards", *sys.argv[2:]])


if __name__ == "__main__":
    main()
