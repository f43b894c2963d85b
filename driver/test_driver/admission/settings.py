"""What the command line says about admission."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from .token_messages import SOCKET


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmissionSettings:
    """Whether a driver waits, and where other limits come from."""

    waits: bool = True
    quota_mib: int | None = None
    token_socket: Path = SOCKET


def add_admission_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the driver."""
    parser.add_argument(
        "--admission",
        choices=("wait", "off"),
        default="wait",
        help="whether machines wait until the host has memory for them (default: wait)",
    )
    parser.add_argument(
        "--host-memory",
        type=_mebibytes,
        metavar="MIB",
        help="memory for the machines of all tests that run on this host with this option, beside "
        "what the host has",
    )
    parser.add_argument(
        "--token-socket",
        type=Path,
        default=SOCKET,
        metavar="PATH",
        help=f"socket that hands out memory and processors, if there is one (default: {SOCKET})",
    )


def admission_settings(options: argparse.Namespace) -> AdmissionSettings:
    """Return what the options say."""
    return AdmissionSettings(
        waits=options.admission == "wait",
        quota_mib=options.host_memory,
        token_socket=options.token_socket,
    )


def _mebibytes(text: str) -> int:
    """Return a positive number. Raises ValueError, whose name argparse puts into its message."""
    if (number := int(text)) > 0:
        return number
    raise ValueError
