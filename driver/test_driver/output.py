"""The output folder of a test: what the driver and the script leave behind."""

import threading
from pathlib import Path

from .errors import CopyRefused, HostError

LOG_FILE = "log.txt"
REPORT_FILE = "junit.xml"
EVENTS_FILE = "events.jsonl"
CONSOLE_FOLDER = "console"
HTML_FILE = "report.html"
ANNOTATION_FILE = "github-actions.txt"
EVIDENCE_FOLDER = "evidence"
_DRIVER = "the driver"


def make_folder(machine: str, folder: Path) -> None:
    """Make a folder of the output. Raises HostError, or CopyRefused if a file is in its place."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise CopyRefused(
            machine, f"cannot make {folder}: there is a file {error.filename}"
        ) from error
    except OSError as error:
        raise HostError(f"{machine}: cannot make {folder} in the output: {error}") from error


class OutputFolder:
    """Hands out places in the folder, and knows who has written where."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.console_folder = self.path / CONSOLE_FOLDER
        self._lock = threading.Lock()
        self._owners = {
            self.path / LOG_FILE: _DRIVER,
            self.path / REPORT_FILE: _DRIVER,
            self.path / EVENTS_FILE: _DRIVER,
            self.path / HTML_FILE: _DRIVER,
            self.path / ANNOTATION_FILE: _DRIVER,
            self.path / EVIDENCE_FOLDER: _DRIVER,
            self.console_folder: _DRIVER,
        }

    def place(self, machine: str, folder: str, name: str) -> Path:
        """Return where a machine's file goes. Raises CopyRefused if that is outside.

        Links on the way count: the place is where the file would really be written.
        """
        if name in ("", ".", "..") or "/" in name or "\0" in folder + name:
            raise CopyRefused(machine, f'"{name}" is no name for a file in the output folder')
        place = (self.path / folder).resolve() / name
        if not place.is_relative_to(self.path):
            raise CopyRefused(
                machine,
                f"{place} is outside the output folder {self.path}; "
                "give a target_dir that is relative and has no `..`",
            )
        return place

    def claim(self, machine: str, path: Path) -> None:
        """Note that a machine writes this file. Raises CopyRefused if another one has done so."""
        with self._lock:
            # A file may not take the place of another's folder either, nor lie below its file.
            for place in (path, *path.parents):
                owner = self._owners.get(place, machine)
                if owner != machine:
                    raise CopyRefused(
                        machine,
                        f"{place.relative_to(self.path)} in the output folder is already taken "
                        f"by {owner}; give a target_dir of its own",
                    )
            self._owners[path] = machine
