"""Looks for extensions: packages with an entry point of the group `rehearse`.

Each start of the driver does so, and most find none. So the files that name entry points are
searched for the text that such a group begins with, and all else is imported only if it is there.
"""

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, PathDistribution
from pathlib import Path

from .source import Source

GROUP = "rehearse"
_HEADER = f"[{GROUP}]".encode()
_METADATA = (".dist-info", ".egg-info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entry point of an extension, which is not imported yet."""

    source: Source
    entry_point: EntryPoint


def find_extensions(path: Sequence[str]) -> list[Found]:
    """Return the extensions in these folders, sorted by package and entry point.

    Of a package that is there several times the first one counts, as for imports.
    """
    packages: dict[str, list[Found]] = {}
    for folder in _with_entry_points(path):
        distribution = PathDistribution(folder)
        package = distribution.metadata["Name"] or folder.name.partition("-")[0]
        if (key := re.sub(r"[-_.]+", "-", package).lower()) not in packages:
            points = distribution.entry_points.select(group=GROUP)
            packages[key] = [
                Found(source=Source(package=package, entry_point=one.name), entry_point=one)
                for one in sorted(points, key=lambda point: point.name)
            ]
    return [one for key in sorted(packages) for one in packages[key]]


def _with_entry_points(path: Sequence[str]) -> Iterator[Path]:
    """Yield the folders with the metadata of packages that have entry points of the group."""
    for folder in dict.fromkeys(path):
        try:
            names = [name for name in os.listdir(folder or ".") if name.endswith(_METADATA)]
        except OSError:  # a zip file, or nothing
            continue
        for name in sorted(names):
            file = os.path.join(folder, name, "entry_points.txt")
            try:
                with open(file, "rb") as opened:
                    is_wanted = _HEADER in opened.read()
            except OSError:
                continue
            if is_wanted:
                yield Path(folder, name)
