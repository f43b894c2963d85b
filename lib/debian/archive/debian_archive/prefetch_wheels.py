"""Download pinned wheels with pip, and put them into the store."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .derivations import PinnedWheel
from .errors import WheelDiffers, WheelMissing
from .nix import add_files
from .pip import unpacked_pip

log = logging.getLogger(__name__)


def prefetch_wheels(wheels: Sequence[PinnedWheel], cache: Path) -> None:
    """Put the wheels into the store: all, or none. The package of pip must be there already.

    Raises a `PipError` or a `StoreError`.
    """
    for pip_deb, python in sorted({(one.pip, one.python) for one in wheels}):
        some = [one for one in wheels if (one.pip, one.python) == (pip_deb, python)]
        log.info("downloading with pip: %s", ", ".join(one.wheel.file for one in some))
        cache.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(prefix=".downloading-", dir=cache) as folder,
            unpacked_pip(Path(pip_deb), python) as pip,
        ):
            found = pip.download({one.name: one.wheel for one in some}, Path(folder) / "wheels")
            _add(some, found, Path(folder))


def _add(wheels: Sequence[PinnedWheel], found: dict[str, Path], folder: Path) -> None:
    files = []
    for number, one in enumerate(wheels):
        if one.wheel.sha256 not in found:
            got = ", ".join(sorted(file.name for file in found.values()))
            raise WheelMissing([one.wheel.file], f"it downloaded {got or 'nothing'}")
        target = folder / str(number) / Path(one.store_path).name.partition("-")[2]
        target.parent.mkdir()
        files.append(found[one.wheel.sha256].rename(target))
    for one, got in zip(wheels, add_files(files), strict=True):
        if got != one.store_path:
            raise WheelDiffers(one.wheel.file, one.store_path, got)
