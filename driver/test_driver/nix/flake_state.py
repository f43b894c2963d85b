"""The state of a flake in a folder: a key that changes when what Nix evaluates may change.

All files of the flake count, because machines are made of any of them. For a testbed, files of
pytest do not count.
"""

import hashlib
import os
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

SCHEMES = ("git+file://", "git+file:", "path://", "path:")
# What Nix never builds a machine from. They may change without a new evaluation.
TEST_FILES = ("test_*.py", "*_test.py", "conftest.py")
# Folders of a flake without git that programs write to, and tests among them.
SKIPPED = ("__pycache__", "node_modules", "result", "result-*")
LOCK_FILE = "flake.lock"
WHOLE_BYTES = 4 * 1024 * 1024


def flake_folder(flake: str, root: Path) -> Path | None:
    """Return the folder of a flake on this computer, or None for one that is elsewhere.

    The part before `#` of a reference is given, which is relative to `root`.
    """
    text = flake.partition("?")[0]
    scheme = next((one for one in SCHEMES if text.startswith(one)), "")
    text = text.removeprefix(scheme)
    if not scheme and text and not text.startswith((".", "/")):
        return None  # github:owner/name, or a name in the registry
    start = Path(os.path.abspath(root / text))
    found = (folder for folder in (start, *start.parents) if (folder / "flake.nix").is_file())
    return next(found, start)


def flake_key(flake: str, folder: Path) -> str:
    """Return the key of a flake in a folder. Files that git does not know count only without git.

    Raises OSError.
    """
    tracked = None if flake.startswith("path:") else _files_of_git(folder)
    digest = hashlib.sha256()
    for name, state in sorted(_files_below(folder) if tracked is None else tracked):
        if not any(fnmatchcase(os.path.basename(name), pattern) for pattern in TEST_FILES):
            digest.update(os.fsencode(f"{name}\0{state}\0"))
    return digest.hexdigest()[:32]


def evaluation_key(flake: str, root: Path) -> str | None:
    """Return a key that changes when what Nix evaluates of a flake may change.

    None means that nothing can be kept: only a flake in a repository of git is known as a whole
    that has a lock file and no submodules, and that is named by its folder alone.
    """
    if flake.partition("?")[1] or flake.startswith(SCHEMES):
        return None
    folder = flake_folder(flake, root)
    shown = None if folder is None else _git(folder, "rev-parse", "--show-toplevel")
    if folder is None or shown is None or (tracked := _files_of_git(folder)) is None:
        return None
    top = Path(shown.removesuffix("\n"))
    names = {name for name, _ in tracked}
    lock = (folder / LOCK_FILE).resolve()
    if ".gitmodules" in names or not any(top / name == lock for name in names):
        return None
    digest = hashlib.sha256(f"{folder}\0{_git(folder, 'rev-parse', 'HEAD')}\0".encode())
    for name, state in sorted(tracked):
        digest.update(os.fsencode(f"{name}\0{state}\0"))
    return digest.hexdigest()[:32]


def _files_of_git(folder: Path) -> list[tuple[str, str]] | None:
    """Return the files that git tracks in the whole repository, as they are on disk."""
    top = _git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        return None
    repository = Path(top.removesuffix("\n"))
    listed = _git(repository, "ls-files", "-z", "--stage")
    changed = _git(repository, "diff-files", "-z", "--name-only")
    if listed is None or changed is None:
        return None
    entries = (entry.split("\t", 1) for entry in listed.split("\0") if entry)
    states = {name: state for state, name in entries}
    states.update((name, _state(repository / name)) for name in changed.split("\0") if name)
    return list(states.items())


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError:
        return None
    return os.fsdecode(done.stdout) if done.returncode == 0 else None


def _files_below(folder: Path) -> Iterator[tuple[str, str]]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _skipped(name)]
        for name in names:
            if not _skipped(name):
                path = Path(place) / name
                yield str(path.relative_to(folder)), _state(path)


def _skipped(name: str) -> bool:
    return name.startswith(".") or any(fnmatchcase(name, pattern) for pattern in SKIPPED)


def _state(path: Path) -> str:
    """Return what changes with a file: its target, its content, or for a large one its time."""
    try:
        if path.is_symlink():
            return f"link {os.readlink(path)}"
        found = path.stat()
        if found.st_size > WHOLE_BYTES:
            return f"large {found.st_size} {found.st_mtime_ns}"
        return f"{found.st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    except OSError as error:
        return f"missing {error.errno}"
