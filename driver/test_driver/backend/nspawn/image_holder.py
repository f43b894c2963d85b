"""The images of containers, unpacked by a program that holds them in memory while the test runs."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...error_text import exit_text
from ...errors import HostError
from ...process import Process

FOLDER_VARIABLE = "CONTAINER_IMAGES"
NAMESPACE_VARIABLE = "CONTAINER_IMAGES_NAMESPACE"
READY = "unpacked"
STOP_SECONDS = 1.0


class ImageHolder:
    """Unpacks the images of the containers of a test while other things happen.

    The files are in the mount namespace of the program, and end with it. Methods belong to the
    thread of the loop.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: Process | None = None
        self._folder = Path()
        self._unpacked = asyncio.Event()

    async def begin(self, state: Path, environment: Mapping[str, str]) -> None:
        """Start the program, if there are images. Raises ProgramMissing."""
        if not self._command:
            return
        self._folder = state / "container-images"
        self._folder.mkdir(exist_ok=True)
        self._process = Process("the program that unpacks images of containers", self._on_line)
        self._process.start(
            self._command,
            cwd=state,
            environment={**environment, FOLDER_VARIABLE: str(self._folder)},
        )

    async def variables(self) -> dict[str, str]:
        """Return what start scripts need to know, once the images are unpacked.

        Raises HostError if they could not be unpacked.
        """
        if (process := self._process) is None:
            return {}
        unpacked = asyncio.ensure_future(self._unpacked.wait())
        either: set[asyncio.Future[Any]] = {unpacked, process.exited}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        unpacked.cancel()
        if process.exited.done():
            raise HostError(
                "the images of the containers cannot be unpacked into memory "
                f"({exit_text(process.exited.result())}): {process.output() or 'no output'}"
            )
        return {
            FOLDER_VARIABLE: str(self._folder),
            NAMESPACE_VARIABLE: f"/proc/{process.pid}/ns/mnt",
        }

    def roots(self) -> list[Path]:
        """Return the unpacked images, as the driver can read them; none before they are."""
        if (process := self._process) is None or not self._unpacked.is_set():
            return []
        folder = Path(f"/proc/{process.pid}/root", *self._folder.parts[1:])
        return [path for path in sorted(folder.iterdir()) if path.is_dir()]

    async def end(self) -> None:
        """End the program, and with it the images."""
        if (process := self._process) is not None:

            async def ask() -> None:
                process.close_stdin()

            await process.stop(ask, STOP_SECONDS)

    def _on_line(self, line: str) -> None:
        if line == READY:
            self._unpacked.set()
