"""Looks for extensions: packages with an entry point of the group `rehearse`.

Each start of the driver does so, and most find none. So the files that name entry points are
searched for the text that such a group begins with, and nothing else is done before it is there.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

GROUP = "rehearse"
_HEADER = f"[{GROUP}]".encode()
_METADATA = (".dist-info", ".egg-info")


def extension_metadata(path: Sequence[str]) -> Iterator[Path]:
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
