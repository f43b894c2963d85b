"""The command that enters a test which has stopped for a person: `nixos-test-attach`."""

import argparse
import contextlib
import json
import os
import signal
import socket
import sys
import termios
from collections.abc import Sequence

from ..run.exit_status import ExitStatus
from ..version import add_version_option
from .attach_registry import GREETING_BYTES, INTERRUPT, RESIZED, Stop, stops


def main(arguments: Sequence[str] | None = None) -> int:
    """Enter a stopped test, and return 0 when the person has left it."""
    parser = argparse.ArgumentParser(
        prog="nixos-test-attach",
        description="Enter a test on this computer that has stopped because of enableDebugHook.",
    )
    add_version_option(parser)
    parser.add_argument(
        "number", type=int, nargs="?", help="as in the log of the test; not needed if there is one"
    )
    wanted = parser.parse_args(arguments).number
    found = stops()
    chosen = [stop for stop in found if wanted is None or stop.number == wanted]
    if len(chosen) != 1:
        _say(_choice(wanted, found))
        return ExitStatus.FAILED
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        _say("standard input and output must be a terminal: run this command at one")
        return ExitStatus.REFUSED
    try:
        connection = chosen[0].connect()
    except OSError as error:
        _say(_refusal(chosen[0], error))
        return ExitStatus.REFUSED
    with connection:
        _stay(connection)
    return ExitStatus.PASSED


def _choice(wanted: int | None, found: Sequence[Stop]) -> str:
    waiting = "\n".join(f"  {stop.number:07}  (process {stop.pid})" for stop in found)
    if not found:
        return (
            "no test on this computer waits for a person. One does when its option "
            "enableDebugHook is true and it has failed or come to a breakpoint()"
        )
    if wanted is None:
        return f"several tests wait; name one:\n{waiting}"
    return f"no test with the number {wanted} waits on this computer; these do:\n{waiting}"


def _refusal(stop: Stop, error: OSError) -> str:
    if isinstance(error, PermissionError):
        return f"test {stop.number} is another user's: run this command as root (sudo)"
    return f"test {stop.number} cannot be entered: {error}"


def _stay(connection: socket.socket) -> None:
    """Lend the terminal to the test until that gives it back."""
    before = termios.tcgetattr(sys.stdin)

    def tell(message: bytes) -> None:
        with contextlib.suppress(OSError):
            connection.send(message)

    # The keys go to the test, but what they cause in the kernel comes to this process.
    signal.signal(signal.SIGINT, lambda number, frame: tell(INTERRUPT))
    signal.signal(signal.SIGWINCH, lambda number, frame: tell(RESIZED))
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    try:
        greeting = json.dumps({"term": os.environ.get("TERM", "xterm")}).encode()
        socket.send_fds(connection, [greeting], [sys.stdin.fileno(), sys.stdout.fileno()])
        while connection.recv(GREETING_BYTES):
            pass
    except OSError as error:
        _say(f"the test is gone: {error}")
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _say(text: str) -> None:
    sys.stderr.write(f"nixos-test-attach: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
