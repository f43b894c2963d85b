"""`rehearse tokens`: the daemon that hands out the memory and the processors of a host."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..admission.token_messages import SOCKET
from ..run.exit_status import ExitStatus

if TYPE_CHECKING:
    from ..admission.token_daemon import TokenDaemon

logger = logging.getLogger(__name__)

NAME = "tokens"
HELP = "hand out memory and processors of this host to tests, first come, first served"
DESCRIPTION = (
    "Hand out memory and processors of this host to tests that Nix builds, first come, first "
    "served. Each test gets what all of its machines may use, or waits. docs/admission.md says "
    "how builds reach the socket. SIGTERM or Ctrl-C ends the daemon; tests that run go on."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the subcommand."""
    parser.add_argument(
        "--memory",
        type=_positive,
        required=True,
        metavar="MIB",
        help="memory for the machines of all tests together",
    )
    parser.add_argument(
        "--cores",
        type=_positive,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="processors for the machines of all tests together; a test that has more counts as "
        "all of them (default: those of this host)",
    )
    parser.add_argument(
        "--socket",
        type=Path,
        default=SOCKET,
        metavar="PATH",
        help=f"where to listen, unless systemd gives a socket (default: {SOCKET})",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until a signal comes. Raises ConfigurationError."""
    # Imported here: the help shall not wait for it.
    from ..admission.token_book import Tokens
    from ..admission.token_daemon import TokenDaemon, bound_socket, inherited_socket

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    daemon = TokenDaemon(Tokens(memory_mib=options.memory, cores=options.cores))
    inherited = inherited_socket()
    listener = inherited or bound_socket(options.socket)
    place = listener.getsockname()
    logger.info("%s: %d MiB and %d processors", place, options.memory, options.cores)
    try:
        return ExitStatus.of_signal(asyncio.run(_serve(daemon, listener)))
    finally:
        listener.close()
        if inherited is None:
            Path(place).unlink(missing_ok=True)


async def _serve(daemon: "TokenDaemon", listener: socket.socket) -> int:
    """Serve, and return the signal that has ended it."""
    ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def end(number: int) -> None:
        if not ended.done():
            ended.set_result(number)

    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end, number)
    serving = asyncio.ensure_future(daemon.serve(listener))
    try:
        either: set[asyncio.Future[Any]] = {ended, serving}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            serving.result()
        return await ended
    finally:
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving


def _positive(text: str) -> int:
    """Return a positive number. Raises ValueError, whose name argparse puts into its message."""
    if (number := int(text)) > 0:
        return number
    raise ValueError
