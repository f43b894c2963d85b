"""A private apt root: apt's resolver and signature checks, and nothing of the system changed."""

from __future__ import annotations

import difflib
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from .errors import AptFailed, AptMissing, SuiteUnreadable
from .lock import ARCHITECTURE
from .process import run_apt
from .stanza import Stanza, parse_stanzas

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class AptRoot:
    """The index of one suite of one mirror, in a folder that is removed at the end.

    `source_options` stand in the brackets of the apt source; by default they name the keys that
    the index must be signed with.
    """

    def __init__(
        self, mirror: str, suite: str, source_options: str = f"signed-by={KEYRING}"
    ) -> None:
        self.mirror = mirror
        self.suite = suite
        self._source_options = source_options
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Read the index. Raises `SuiteUnreadable` or `AptMissing`."""
        self._folder = tempfile.TemporaryDirectory(prefix="rehearse-apt-")
        try:
            root = Path(self._folder.name)
            self._write(root)
            self._update()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def _write(self, root: Path) -> None:
        try:
            settings = run_apt(["apt-config", "dump"])
        except AptMissing as error:
            raise AptMissing("making a lock") from error
        # The machine's proxies and time limits; but not its hooks, pins and other sources.
        acquire = [line for line in settings.splitlines() if line.startswith("Acquire::")]
        (root / "lists" / "partial").mkdir(parents=True)
        (root / "cache" / "archives" / "partial").mkdir(parents=True)
        (root / "status").touch()
        options = f"arch={ARCHITECTURE} {self._source_options}"
        (root / "sources.list").write_text(
            f"deb [{options}] {self.mirror} {self.suite} main\n", encoding="utf-8"
        )
        own = [
            f'APT::Architecture "{ARCHITECTURE}";',
            f'APT::Architectures {{ "{ARCHITECTURE}"; }};',
            'APT::Install-Recommends "false";',
            'APT::Install-Suggests "false";',
            'APT::Sandbox::User "root";',
            'Acquire::Languages "none";',
            # An index must be signed, but may be old: a mirror that stands still has no other.
            'Acquire::Check-Valid-Until "false";',
            'Dir::Etc::main "/dev/null";',
            'Dir::Etc::parts "/dev/null";',
            'Dir::Etc::preferences "/dev/null";',
            'Dir::Etc::preferencesparts "/dev/null";',
            f'Dir::Etc::sourcelist "{root}/sources.list";',
            'Dir::Etc::sourceparts "/dev/null";',
            f'Dir::State::lists "{root}/lists";',
            f'Dir::State::extended_states "{root}/extended_states";',
            f'Dir::State::status "{root}/status";',
            f'Dir::Cache "{root}/cache";',
            f'Dir::Log "{root}/log";',
        ]
        (root / "apt.conf").write_text("\n".join([*acquire, *own, ""]), encoding="utf-8")
        self._environment = {"APT_CONFIG": str(root / "apt.conf")}

    def _update(self) -> None:
        try:
            # A mirror that does not answer is a warning to apt, unless any error is one.
            run_apt(["apt-get", "update", "-qq", "--error-on=any"], self._environment)
        except AptFailed as error:
            raise SuiteUnreadable(self.suite, self.mirror, error.output) from error

    def unknown(self, names: Sequence[str]) -> dict[str, list[str]]:
        """Return those names that the suite does not have, each with names that are near it."""
        # Looked up before they are given to apt: it takes unknown names for regular expressions.
        known = set(run_apt(["apt-cache", "pkgnames"], self._environment).split())
        return {
            name: difflib.get_close_matches(name, known, n=3, cutoff=0.75)
            for name in names
            if name not in known
        }

    def essential(self) -> list[str]:
        """Return the names of the packages that every system has."""
        stanzas = self.show(["?essential"])
        return [stanza["Package"] for stanza in stanzas if stanza.get("Essential") == "yes"]

    def closure(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Return name and version of the packages and all they depend on.

        Raises `AptFailed` when they cannot be had together.
        """
        if not names:
            return []
        uris = run_apt(
            ["apt-get", "install", "--print-uris", "-qq", "-y", *names], self._environment
        )
        files = re.findall(r"^'[^']+' (\S+)\.deb ", uris, re.MULTILINE)
        parts = [file.split("_") for file in files]
        return [(part[0], unquote(part[1])) for part in parts]

    def show(self, packages: Sequence[str]) -> list[Stanza]:
        """Return the stanzas of packages, given as `name` or `name=version`."""
        if not packages:
            return []
        command = ["apt-cache", "show", "--no-all-versions", *packages]
        return list(parse_stanzas(run_apt(command, self._environment)))
