"""The project that a person is working in, and what is kept for it."""

import hashlib
import os
from pathlib import Path

MARKS = ("flake.nix", ".git")


def project_folder(start: Path) -> Path:
    """Return the nearest folder upwards that looks like the root of a project, or `start`."""
    for folder in (start, *start.parents):
        if any((folder / mark).exists() for mark in MARKS):
            return folder
    return start


def history_file(start: Path) -> Path:
    """Return the file with what was typed at the prompt in this project, for its owner alone.

    Raises OSError if the folder for it cannot be made.
    """
    project = project_folder(start)
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state"
    digest = hashlib.sha256(os.fsencode(project)).hexdigest()[:8]
    folder = Path(state) / "nixos-test-driver" / f"{project.name or 'root'}-{digest}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "history"
    file.touch(mode=0o600)
    return file
