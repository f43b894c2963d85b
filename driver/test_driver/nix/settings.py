"""The settings of Nix that matter for tests: what it builds, where, and how much at once."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import ConfigurationError
from .program import nix_command, run_nix

# Of several, the newest: how each version prints its settings.
_COMMANDS = (("config", "show", "--json"), ("show-config", "--json"))
NO_VALUE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """A machine that Nix builds on, as a line of the setting `builders` tells it."""

    uri: str
    systems: tuple[str, ...]
    jobs: int
    features: frozenset[str] = frozenset()
    mandatory: frozenset[str] = frozenset()
    ssh_key: str = ""
    line: str = ""

    def can_build(self, system: str, features: frozenset[str]) -> bool:
        """Tell whether Nix would send it a derivation for a system that needs these features."""
        offered = self.features | self.mandatory
        return system in self.systems and features <= offered and self.mandatory <= features

    @property
    def store(self) -> str:
        """The store's address for commands of `nix`."""
        if not self.ssh_key:
            return self.uri
        sign = "&" if "?" in self.uri else "?"
        return f"{self.uri}{sign}ssh-key={quote(self.ssh_key)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NixSettings:
    """What Nix is set to. `jobs` is how many derivations it builds at once on this machine."""

    jobs: int
    system: str
    systems: frozenset[str]
    features: frozenset[str]
    builders: tuple[Builder, ...]

    def can_build_here(self, system: str, features: frozenset[str]) -> bool:
        """Tell whether this machine can build a derivation that needs these features."""
        fits = system in self.systems or system == "builtin"
        return self.jobs > 0 and fits and features <= self.features


async def read_settings(options: Sequence[str], folder: Path) -> NixSettings:
    """Ask Nix for its settings, with these options of it. Raises ConfigurationError."""
    said = ""
    for command in _COMMANDS:
        done = await run_nix(nix_command(*command, *options), folder=folder)
        if done.status == 0:
            return _settings(_values(done.stdout))
        said = said or done.stderr
    reason = f"`nix config show` failed; Nix says:\n{said.strip()}"
    raise ConfigurationError("nix", [reason])


def _values(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ConfigurationError("nix", [f"`nix config show` gave no JSON: {error}"]) from error
    return {name: entry.get("value") for name, entry in document.items() if isinstance(entry, dict)}


def _settings(values: Mapping[str, Any]) -> NixSettings:
    system = str(values.get("system") or "x86_64-linux")
    return NixSettings(
        jobs=_count(values.get("max-jobs")),
        system=system,
        systems=frozenset({system, *_listed(values.get("extra-platforms"))}),
        features=frozenset(_listed(values.get("system-features"))),
        builders=read_builders(str(values.get("builders") or ""), system),
    )


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 1


def _listed(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [str(one) for one in value] if isinstance(value, list) else []


def read_builders(text: str, system: str) -> tuple[Builder, ...]:
    """Return the machines of the setting `builders`: lines, or `;` between them, or `@FILE`.

    A file that cannot be read has none, as with Nix. Raises ConfigurationError for a wrong line.

    >>> read_builders("ssh-ng://big x86_64-linux - 4 1 kvm", "x86_64-linux")[0].jobs
    4
    """
    found: list[Builder] = []
    for part in text.replace(";", "\n").splitlines():
        line = part.split("#")[0].strip()
        if line.startswith("@"):
            found += read_builders(_file(Path(line[1:].strip())), system)
        elif line:
            found.append(_builder(line, system))
    return tuple(found)


def _file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _builder(line: str, system: str) -> Builder:
    try:
        fields = shlex.split(line)
    except ValueError:
        fields = line.split()
    values = ["" if field == NO_VALUE else field for field in [*fields, *[""] * 8][:8]]
    uri, systems, key, jobs, _, features, mandatory, _ = values
    if jobs and not jobs.isdecimal():
        reason = f"`{jobs}` is no number of jobs; expected `URI SYSTEMS SSH-KEY JOBS ...`: {line}"
        raise ConfigurationError("builders", [reason])
    return Builder(
        uri=uri if "://" in uri or uri.startswith(("local", "daemon", "auto")) else f"ssh://{uri}",
        systems=tuple(systems.split(",")) if systems else (system,),
        jobs=int(jobs) if jobs else 1,
        features=frozenset(features.split(",")) if features else frozenset(),
        mandatory=frozenset(mandatory.split(",")) if mandatory else frozenset(),
        ssh_key=key,
        line=line,
    )
