"""Refuse wheels that a test would not get, because the driver's Python has them in another version.

A build runs this file with the driver's Python: its arguments are a folder with installed wheels,
and the names of those that the test asks for. What the driver has goes first on the import path.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, distributions

from packaging.requirements import Requirement


def conflicts(folder: str, asked: Sequence[str]) -> list[str]:
    """Return a message for each wheel in the folder whose place a version has that does not do.

    One that the test asks for must be the same; one that others depend on must meet what they need.
    """
    own = {_name(one): one.version for one in reversed(list(distributions())) if one.metadata}
    wheels = {_name(one): one for one in distributions(path=[folder])}
    messages = []
    for name, wheel in sorted(wheels.items()):
        had = own.get(name)
        if had is None or had == wheel.version:
            continue
        users = [_name(one) for one in wheels.values() if not _meets(one, name, had)]
        if name in asked:
            messages.append(_message(name, wheel.version, had, "the test asks for it"))
        elif users:
            needed = f"{', '.join(sorted(users))} needs another"
            messages.append(_message(name, wheel.version, had, needed))
    return messages


def _message(name: str, locked: str, had: str, reason: str) -> str:
    return (
        f"rehearse: extraPythonPackages: wheel {name} {locked} cannot be imported: the driver's "
        f"Python has {name} {had} from Debian, which goes first, and {reason}. Lock wheels that go "
        f"with it: nix run .#debian -- lock add pypi {name}=={had}"
    )


def _name(one: Distribution) -> str:
    return _normalized(one.name)


def _normalized(name: str) -> str:
    # As `normalized` of pip.py, which this program, run by the driver's Python, cannot import.
    return re.sub(r"[-_.]+", "-", name).lower()


def _meets(user: Distribution, name: str, version: str) -> bool:
    return all(wanted.specifier.contains(version, True) for wanted in _wanted(user, name))


def _wanted(user: Distribution, name: str) -> Iterator[Requirement]:
    """Yield what a wheel requires of another, also for extras that may not be asked for."""
    for text in user.requires or ():
        requirement = Requirement(text)
        if _normalized(requirement.name) != name:
            continue
        marker = requirement.marker
        if marker is None or "extra" in str(marker) or marker.evaluate():
            yield requirement


if __name__ == "__main__":
    found = conflicts(sys.argv[1], sys.argv[2:])
    sys.exit("\n".join(found) if found else 0)
