"""The pictures in which waits for text have found it, or have looked for it last."""

import hashlib
import itertools
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from ..errors import HostError
from ..output import make_folder

# As many as a report shows, about: the oldest go.
MOST_PICTURES = 100
MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Kept:
    path: Path
    digest: bytes
    size: int


class ReadPictures:
    """Keeps such pictures of one machine in the output folder, each with a number for its name."""

    def __init__(self, machine: str, folder: Path) -> None:
        self._machine = machine
        self._folder = folder
        self._numbers = itertools.count(1)
        self._kept: deque[_Kept] = deque()

    def keep(self, png: bytes) -> Path:
        """Write a picture unless it is there already, and return its path.

        Raises HostError or CopyRefused if it cannot be written.
        """
        digest = hashlib.sha256(png).digest()
        for kept in tuple(self._kept):
            if kept.digest == digest:
                return kept.path
        make_folder(self._machine, self._folder)
        try:
            path = self._write(png)
            self._kept.append(_Kept(path, digest, len(png)))
            while len(self._kept) > 1 and self._are_too_many():
                self._kept.popleft().path.unlink(missing_ok=True)
        except OSError as error:
            where = f"{self._machine}: cannot keep the picture that was read in {self._folder}"
            raise HostError(f"{where}: {error}") from error
        return path

    def _write(self, png: bytes) -> Path:
        while True:
            path = self._folder / f"{next(self._numbers):05}.png"
            try:
                with path.open("xb") as file:
                    file.write(png)
            except FileExistsError:  # of a machine of this name that a test has made before
                continue
            return path

    def _are_too_many(self) -> bool:
        size = sum(kept.size for kept in tuple(self._kept))
        return len(self._kept) > MOST_PICTURES or size > MOST_BYTES
