"""Diagnostics that extensions add, checked before the test runs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..report.guest_diagnostics import GUEST_DIAGNOSTICS, GuestDiagnostic
from ..report.host_diagnostics import HostDiagnostic
from .source import Source

# What the driver writes of each machine besides.
_OWN_FILES = {"console.txt", "machine.txt", "recording", "screen.png"}
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedDiagnostic:
    """A diagnostic, and the extension that adds it."""

    source: Source
    diagnostic: GuestDiagnostic | HostDiagnostic


def checked_diagnostic(
    source: Source, given: object, others: Iterable[AddedDiagnostic]
) -> AddedDiagnostic:
    """Return a diagnostic that an extension adds besides others. Raises ExtensionError."""
    if not isinstance(given, GuestDiagnostic | HostDiagnostic):
        raise source.error(
            f"diagnostics: expected GuestDiagnostic or HostDiagnostic, got {given!r}"
        )
    name = given.file
    if not _FILE_NAME.fullmatch(name):
        raise source.error(
            f"diagnostics: {name!r} is no name for a file: use letters, digits, and _ . - "
        )
    owners = {one.file: "the driver" for one in GUEST_DIAGNOSTICS}
    owners |= dict.fromkeys(_OWN_FILES, "the driver")
    owners |= {one.diagnostic.file: str(one.source) for one in others}
    if owner := owners.get(name):
        raise source.error(
            f"diagnostics: the file {name} is written by {owner} already; give it another name"
        )
    return AddedDiagnostic(source=source, diagnostic=given)
