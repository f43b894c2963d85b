"""What methods mean where this driver and nixpkgs' driver differ on purpose.

The option `compatibility` of a test chooses one of the two policies below. Each difference is one
field; `docs/nixos-nodes.md` lists them with their reasons. A method reads the field of the session
of its machine. No other place asks for the name of the policy.
"""

import signal
import sys
from dataclasses import dataclass
from typing import Literal

from .deadline import DEFAULT_TIMEOUT
from .guest.output_buffer import OUTPUT_LIMIT_BYTES
from .run.exit_status import ExitStatus

Policy = Literal["rehearse", "nixpkgs"]

SHUTDOWN_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Compatibility:
    """The meaning of the methods that differ. Durations of None have no limit."""

    # Defaults: of `default_timeout`, and of `execute` if that is None.
    command_seconds: float | None
    execute_seconds: float | None
    console_seconds: float | None
    shutdown_seconds: float | None
    output_limit_bytes: int
    # Whether the time limit of a method includes the boot that it waits for first.
    timeout_includes_boot: bool
    # Whether the time limit of a wait ends the try that is under way, too.
    timeout_ends_tries: bool
    # Whether a command has ended when its shell has, or when nobody holds its stdout.
    shell_ends_command: bool
    # Whether `wait_for_unit` waits for an inactive unit when systemd has no job to do.
    inactive_unit_may_start: bool
    # Whether a unit that does not exist, and an address that does not resolve, are errors where a
    # script asks for an inactive unit or a closed port.
    absent_is_error: bool
    # Whether what the human monitor refuses is an error.
    monitor_refusal_is_error: bool
    # Whether an error that a condition's function raises by mistake is raised.
    condition_error_is_raised: bool
    # Whether a machine is up as soon as QEMU runs, or when the driver has reached the guest.
    running_is_up: bool
    # Whether `block` unplugs all cards that lead to other machines, or the first one.
    block_unplugs_all: bool
    # Whether `retry` calls nothing with a timeout of 0, and has no limit with None.
    retry_limit_is_exact: bool
    # What the error of a failed command calls its exit status.
    status_name: str
    # The exit status of the driver when the whole test has taken too long (None for that of the
    # verdict), and what the log says then besides.
    timeout_status: int | None
    timeout_line: str


REHEARSE = Compatibility(
    command_seconds=DEFAULT_TIMEOUT,
    execute_seconds=None,
    console_seconds=DEFAULT_TIMEOUT,
    shutdown_seconds=SHUTDOWN_SECONDS,
    output_limit_bytes=OUTPUT_LIMIT_BYTES,
    timeout_includes_boot=True,
    timeout_ends_tries=True,
    shell_ends_command=True,
    inactive_unit_may_start=True,
    absent_is_error=True,
    monitor_refusal_is_error=True,
    condition_error_is_raised=True,
    running_is_up=True,
    block_unplugs_all=True,
    retry_limit_is_exact=False,
    status_name="exit status",
    timeout_status=None,
    timeout_line="",
)
NIXPKGS = Compatibility(
    command_seconds=None,
    execute_seconds=DEFAULT_TIMEOUT,
    console_seconds=None,
    shutdown_seconds=None,
    output_limit_bytes=sys.maxsize,
    timeout_includes_boot=False,
    timeout_ends_tries=False,
    shell_ends_command=False,
    inactive_unit_may_start=False,
    absent_is_error=False,
    monitor_refusal_is_error=False,
    condition_error_is_raised=False,
    running_is_up=False,
    block_unplugs_all=False,
    retry_limit_is_exact=True,
    status_name="exit code",
    timeout_status=ExitStatus.of_signal(signal.SIGTERM),
    timeout_line="timeout reached; test terminating",
)
POLICIES: dict[Policy, Compatibility] = {"rehearse": REHEARSE, "nixpkgs": NIXPKGS}
