"""A reference to a value of a flake, such as `.#checks.x86_64-linux`, and the names in it."""

import difflib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ConfigurationError

EXAMPLE = ".#checks.x86_64-linux"
CHECKS = "checks"
MOST_NAMES = 5
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_'-]*")
_PARTS = re.compile(r'"((?:[^"\\]|\\.)*)"|([^."]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakeValue:
    """A value of a flake. `path` are the names that lead to it."""

    flake: str
    path: tuple[str, ...]

    @property
    def installable(self) -> str:
        """What commands of Nix take.

        >>> FlakeValue(flake=".", path=("checks", "a b")).installable
        '.#checks."a b"'
        """
        return f"{self.flake}#{path_text(self.path)}"

    def below(self, path: Sequence[str]) -> "FlakeValue":
        """Return a value in this one."""
        return FlakeValue(flake=self.flake, path=(*self.path, *path))


def path_text(path: Sequence[str]) -> str:
    """Return names as Nix writes a path of attributes."""
    return ".".join(name if _PLAIN.fullmatch(name) else json.dumps(name) for name in path)


def read_reference(text: str, system: str) -> FlakeValue:
    """Return what a person names: `FLAKE#PATH`, and `.` for the flake if none is given.

    `checks` alone is completed by the system. Raises ConfigurationError.

    >>> read_reference(".#checks.x86_64-linux.web", "x86_64-linux").path
    ('checks', 'x86_64-linux', 'web')
    """
    flake, sign, attribute = text.partition("#")
    names = [
        quoted.replace('\\"', '"') if quoted else plain
        for quoted, plain in _PARTS.findall(attribute)
    ]
    if not sign or not names:
        reason = f"expected a test, or a set of tests, of a flake such as {EXAMPLE}"
        raise ConfigurationError(text or "(nothing)", [reason])
    if names == [CHECKS]:
        names.append(system)
    return FlakeValue(flake=flake or ".", path=tuple(names))


def nearest(name: str, names: Sequence[str]) -> str:
    """Return a text that names those that are nearest to a name, or all if they are few.

    >>> nearest("wbe", ["web", "database"])
    'did you mean web?'
    """
    if found := difflib.get_close_matches(name, names, n=MOST_NAMES, cutoff=0.5):
        return f"did you mean {', '.join(found)}?"
    shown = ", ".join(names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"there are: {shown}{more}" if names else "there is nothing"
