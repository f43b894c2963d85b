"""The differences that `docs/nixos-nodes.md` lists, each recognised by what it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .derivations import REORDERED, Difference

NEVER = r"(?!)"
ALL = r".*"
ORDER = re.escape(REORDERED)


@dataclass(frozen=True, kw_only=True)
class Documented:
    """One row of the table, and the lines by which it shows in derivations."""

    row: str  # how the row begins in docs/nixos-nodes.md
    where: str  # regular expressions, each for all of a name or line
    removed: str = NEVER
    added: str = NEVER
    field: str = ALL  # of the derivation
    inside: str = NEVER  # a file, by its name in a text that is JSON

    def without(self, difference: Difference) -> Difference:
        """Return what of a difference this row does not explain."""
        where = self.inside if difference.inside else self.where
        place = difference.inside or difference.where
        if not (re.fullmatch(where, place) and re.fullmatch(self.field, difference.field)):
            return difference
        return replace(
            difference,
            removed=_unmatched(self.removed, difference.removed),
            added=_unmatched(self.added, difference.added),
        )


AGENT = r"unit-(initrd-)?qemu-guest-agent\.service|unit-run-test-x2ddriver-x2dchannel\.mount"
SSH = r"unit-ssh-backdoor(\.socket|-\.service)"
SHELL = r"unit-(script-)?backdoor(\.service|-start)"
# The same, where units and files are listed.
LISTS = r"system-units|initrd-units|etc|initrd.*|boot\.json|nixos-system-.*"

DOCUMENTED = (
    Documented(
        row="no `clocksource=acpi_pm`",
        where=r"boot\.json|nixos-system-.*|run-nixos-vm",
        removed=r'(.* = ")?clocksource=acpi_pm"?',
    ),
    Documented(
        row="the journal goes to the serial console from level `info`",
        where=r"(etc-systemd-)?journald\.conf|initrd.*",
        inside=r"systemd/journald\.conf",
        removed=r"MaxLevelConsole=debug",
        added=r"MaxLevelConsole=info|TTYPath=/dev/\w+",
    ),
    Documented(
        row="`ShowStatus` of systemd is `no`",
        where=r"(etc-systemd-|initrd-)system\.conf",
        inside=r"systemd/system\.conf",
        removed=r"ShowStatus=false",
        added=r"ShowStatus=no",
    ),
    Documented(row="the guest agent runs", where=AGENT, removed=ALL, added=ALL),
    Documented(
        row="the guest agent runs",
        where=LISTS,
        removed=r".*\bqemu-guest-agent\.service.*",
        added=r".*\b(qemu-guest-agent\.service|test-x2ddriver-x2dchannel\.mount).*|.*\bsetsid\b.*",
    ),
    Documented(row="`sshBackdoor` gives containers", where=SSH, removed=ALL, added=ALL),
    Documented(
        row="`sshBackdoor` gives containers",
        where=LISTS,
        added=r".*\bssh-backdoor\b.*|mkdir -p \$out/'sockets\.target\.wants'",
    ),
    Documented(row="`backdoor.service` is started by", where=SHELL, removed=ALL, added=ALL),
    Documented(
        row="`backdoor.service` is started by",
        where=LISTS,
        removed=r"mkdir -p \$out/'multi-user\.target\.wants'|.*'\.\./backdoor\.service'.*",
        added=r"mkdir -p \$out/'dev-hvc0\.device\.wants'|.*'\.\./backdoor\.service'.*",
    ),
    Documented(
        row="a device `pvpanic-pci`",
        where=r"run-nixos-vm",
        added=r"\s*-device pvpanic-pci( \\)?",
    ),
    Documented(
        row="a test with neither nodes nor containers needs `kvm`",
        where=r".*\(no machines\)\.derivations\.test",
        field="requiredSystemFeatures",
        removed="nixos-test",
        added="kvm nixos-test",
    ),
    Documented(
        row="containers do not set `vm.panic_on_oom`",
        where=r"etc-sysctl\.d-60-nixos\.conf",
        removed=r"vm\.panic_on_oom=2",
    ),
    Documented(
        row="containers do not copy the `resolv.conf` of the host",
        where=r"stage-2-init\.sh",
        field="useHostResolvConf",
        removed=r"1",
    ),
    Documented(
        row="containers do not copy the `resolv.conf` of the host",
        where=r"stage-2-init\.sh",
        removed=r"openresolv-[^/]*/bin",
    ),
    Documented(
        row="paths that a machine's store registers stand in another order",
        where=r"closure-info",
        removed=rf"{ORDER}.*",
        added=rf"{ORDER}.*",
    ),
    Documented(
        row="`console=` stands later",
        where=r"boot\.json|nixos-system-.*|run-nixos-vm",
        removed=rf"{ORDER}.*\bconsole=.*",
        added=rf"{ORDER}.*\bconsole=.*",
    ),
)


def explain(differences: Iterable[Difference]) -> tuple[set[str], list[Difference]]:
    """Return the rows that explain differences, and what is left of these."""
    rows: set[str] = set()
    left: list[Difference] = []
    for difference in differences:
        rest = difference
        for documented in DOCUMENTED:
            reduced = documented.without(rest)
            if reduced != rest:
                rows.add(documented.row)
            rest = reduced
        if rest.removed or rest.added:
            left.append(rest)
    return rows, left


def _unmatched(pattern: str, lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line for line in lines if not _explains(pattern, line))


def _explains(pattern: str, line: str) -> bool:
    """Return whether a row explains a line. What it says of one line does not explain an order."""
    if line.startswith(REORDERED) and pattern != ALL and not pattern.startswith(ORDER):
        return False
    return re.fullmatch(pattern, line) is not None
