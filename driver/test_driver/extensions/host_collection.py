"""Calls what extensions collect on the host when a test has failed."""

import asyncio
from collections.abc import Callable

from ..machine import BaseMachine
from ..report.host_diagnostics import HostDiagnostic, in_daemon_thread
from .added_diagnostics import AddedDiagnostic
from .source import cause_text

HOST_SECONDS = 12.0


async def collect_on_host(
    added: AddedDiagnostic,
    machine: BaseMachine,
    write: Callable[[str, str, str], None],
    fail: Callable[[str], None],
) -> None:
    """Write what the function of a diagnostic returns, if it is one for the host.

    That it fails is told, and no more.
    """
    if not isinstance(one := added.diagnostic, HostDiagnostic):
        return
    try:
        async with asyncio.timeout(HOST_SECONDS) as limit:
            text = await in_daemon_thread(lambda: one.collect(machine))
        if not isinstance(text, str | None):
            raise TypeError(f"expected a text or None, got {text!r}")
    except Exception as error:  # noqa: BLE001 - the test has failed for another reason
        problem = f"failed: {cause_text(error)}"
        if limit.expired():
            problem = f"timed out after {HOST_SECONDS:g} s"
    else:
        write(one.file, one.title, text or "")
        return
    fail(f"{added.source}: collecting {one.file} {problem}")
