"""Which wheel depends on which, for the Python that runs tests, whatever Python pip runs with.

pip chooses wheels for the Python version given to it, but evaluates conditions such as
`python_version < "3.12"` with its own version. So they are evaluated here again, and pip is asked
by name for what it has left out.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .errors import RequirementMalformed, WheelsUnresolvable
from .pip import FoundWheel, normalized

# As packaging takes them; the rest says which kernel it is, and is not known.
_ENVIRONMENT = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "sys_platform": "linux",
}


class Requirements:
    """Reads requirements as pip does: with the package `packaging` that is in pip.

    `version` is that of the Python they are for, like `3.13.5`.
    """

    def __init__(self, pip_modules: Path, version: str) -> None:
        sys.path.insert(0, str(pip_modules))
        try:
            found = importlib.import_module("pip._vendor.packaging.requirements")
        finally:
            sys.path.remove(str(pip_modules))
        self._parse: Any = found.Requirement
        self._invalid: type[ValueError] = found.InvalidRequirement
        self._environment = {
            **_ENVIRONMENT,
            "implementation_version": version,
            "python_full_version": version,
            "python_version": ".".join(version.split(".")[:2]),
        }

    def name(self, text: str) -> str:
        """Return the normalized name that a root asks for. Raises `RequirementMalformed`."""
        try:
            requirement = self._parse(text)
        except self._invalid as error:
            raise RequirementMalformed(text, "is not a requirement") from error
        if requirement.url is not None or requirement.marker is not None:
            problem = "has an address" if requirement.url is not None else "has a condition"
            raise RequirementMalformed(text, problem)
        return normalized(requirement.name)

    def graph(
        self, roots: Sequence[str], found: Iterable[FoundWheel]
    ) -> tuple[dict[str, tuple[str, ...]], list[str]]:
        """Return what each needed wheel depends on, and requirements that no wheel meets.

        Raises `WheelsUnresolvable`.
        """
        wheels = {one.name: one for one in found}
        depends: dict[str, set[str]] = {}
        missing: dict[str, None] = {}
        seen: set[tuple[str, str]] = set()
        waiting = [self._parse(text) for text in roots]
        while waiting:
            wanted = waiting.pop()
            name = normalized(wanted.name)
            if wanted.url is not None:
                problem = f"{wanted} is not from an index, which something depends on"
                raise WheelsUnresolvable(roots, self._environment["python_version"], problem)
            wheel = wheels.get(name)
            if wheel is None or not wanted.specifier.contains(
                wheel.wheel.version, prereleases=True
            ):
                wanted.marker = None
                missing[str(wanted)] = None
                continue
            for extra in {"", *wanted.extras}:
                if (name, extra) not in seen:
                    seen.add((name, extra))
                    needed = self._needed(wheel, extra)
                    depends.setdefault(name, set()).update(normalized(r.name) for r in needed)
                    waiting += needed
        # An extra of a wheel may ask for the wheel itself.
        return {name: tuple(sorted(some - {name})) for name, some in depends.items()}, list(missing)

    def _needed(self, wheel: FoundWheel, extra: str) -> list[Any]:
        environment: Mapping[str, str] = {**self._environment, "extra": extra}
        return [
            one
            for one in map(self._parse, wheel.requires)
            if one.marker is None or one.marker.evaluate(environment)
        ]
