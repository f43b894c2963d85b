"""Waits for TCP ports."""

import ipaddress
import re
import shlex
from pathlib import Path

from ..deadline import Duration
from ..errors import AddressNotFound
from ..guest.command_result import CommandResult
from .arguments import check_port, check_text
from .core import MachineCore
from .polling import succeeds, wait_in_guest

PROBE = Path(__file__).with_name("port_probe.bash")
TRY_SECONDS = 5
OWN = ("localhost", "localhost.localdomain", "ip6-localhost")
# What the resolver says; the shell adds a line of its own.
_NOT_FOUND = re.compile(
    r"Name or service not known|Temporary failure in name resolution|Name does not resolve"
    r"|No address associated with hostname"
)


def wait_for_port(
    machine: MachineCore, port: int, addr: str, state: str, timeout: Duration
) -> None:
    """Wait until a TCP port is "open" or "closed", as seen from a machine."""
    check_port(port)
    if "/" in check_text(addr, "addr"):
        raise ValueError(f"addr: expected a name or an address, got {addr!r}")
    what = f"TCP port {port} on {addr} to be {state}"
    own = "own" if _is_own(addr) else "other"
    condition = f"port_is {state} {own} {TRY_SECONDS} {shlex.quote(addr)} {port} {port:04X}"

    absent_is_error = machine.context.compatibility.absent_is_error

    def not_found(result: CommandResult) -> bool:
        return state == "closed" and _NOT_FOUND.search(result.stderr) is not None

    def accept(result: CommandResult) -> bool:
        return succeeds(result) or not_found(result)

    def found(result: CommandResult) -> None:
        if absent_is_error and not_found(result):
            raise AddressNotFound(machine.name, addr, what.replace(" to be ", " is "))

    with machine.nested(f"waiting for {what}"):
        wait_in_guest(
            machine,
            condition,
            what,
            timeout,
            setup=PROBE.read_text(),
            accept=accept,
            describe=lambda result: (_reason(result, addr, state), ""),
            inspect=found,
        )


def _is_own(addr: str) -> bool:
    try:
        return ipaddress.ip_address(addr).is_loopback
    except ValueError:
        return addr.lower() in OWN


def _reason(result: CommandResult, addr: str, state: str) -> str:
    """Return why a try did not succeed, from what the shell said."""
    if _NOT_FOUND.search(result.stderr):
        return f"the name {addr!r} was not found in the guest"
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    if not lines:
        return "no process listens" if state == "open" else "a connection was made"
    return lines[-1].rpartition(": ")[2].lower()
