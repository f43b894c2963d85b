"""The entry points of extensions, as their packages name them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, PathDistribution
from pathlib import Path

from .find import GROUP
from .source import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An entry point of an extension, which is not imported yet."""

    source: Source
    entry_point: EntryPoint


def extensions_in(metadata: Iterable[Path]) -> list[Found]:
    """Return the extensions of packages, by their metadata; sorted by package and entry point.

    Of a package that is there several times the first one counts, as for imports.
    """
    packages: dict[str, list[Found]] = {}
    for folder in metadata:
        distribution = PathDistribution(folder)
        package = distribution.metadata["Name"] or folder.name.partition("-")[0]
        if (key := re.sub(r"[-_.]+", "-", package).lower()) not in packages:
            points = distribution.entry_points.select(group=GROUP)
            packages[key] = [
                Found(source=Source(package=package, entry_point=one.name), entry_point=one)
                for one in sorted(points, key=lambda point: point.name)
            ]
    return [one for key in sorted(packages) for one in packages[key]]
