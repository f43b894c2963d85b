"""Where a testbed comes from: a folder, or a reference to a flake that Nix builds.

What Nix has built is remembered until the flake changes, so that a run of edited tests evaluates
nothing.
"""

import contextlib
import hashlib
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigurationError
from ..nix.flake_state import flake_folder, flake_key

CONFIGURATION_FILE = "configuration.json"
OUTPUT = "testbed"
EXAMPLE = ".#checks.x86_64-linux.web"
SHOWN_LINES = 20
# How many testbeds of one reference are kept from the garbage collector of Nix.
REMEMBERED = 3
NO_ATTRIBUTE = ("does not provide attribute", f"attribute '{OUTPUT}' missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A test of a flake."""

    flake: str
    attribute: str

    @property
    def installable(self) -> str:
        """What Nix builds."""
        return f"{self.flake}#{self.attribute}"


def find_testbed(text: str, root: Path, *, tell: Callable[[str], None] | None = None) -> Path:
    """Return the folder of a testbed: it has a file `configuration.json`.

    `text` is a folder, or a reference to a test of a flake such as `.#checks.x86_64-linux.web`.
    Both are relative to `root`. `tell` is called with each line that Nix writes while it builds;
    by default, the lines go to standard error. Raises ConfigurationError.
    """
    if not text.strip():
        reason = f"is empty; give the folder of a testbed, or a test of a flake such as {EXAMPLE}"
        raise ConfigurationError("testbed", [reason])
    text = os.path.expanduser(text.strip())
    folder = root / text
    if folder.name == CONFIGURATION_FILE and folder.is_file():
        folder = folder.parent
    if (folder / CONFIGURATION_FILE).is_file():
        return folder.resolve()
    if "#" not in text:
        raise ConfigurationError(f"testbed {text}", [_no_folder(folder)])
    return _built(_reference(text), root, tell or _to_stderr)


def _no_folder(folder: Path) -> str:
    """Say why a folder is no testbed."""
    if (folder / "flake.nix").is_file():
        return f"is a flake; name one of its tests, such as {EXAMPLE} (`nix flake show` lists them)"
    if folder.is_dir():
        what = f"has no {CONFIGURATION_FILE}, so it is no testbed"
    else:
        what = "is not a folder" if folder.exists() else "was not found"
    return f"{what} (looked at {folder}); build one with `nix build {EXAMPLE}.{OUTPUT}`"


def _reference(text: str) -> Reference:
    flake, _, attribute = text.partition("#")
    if not attribute:
        reason = f"names no test after `#`; expected a reference such as {EXAMPLE}"
        raise ConfigurationError(f"testbed {text}", [reason])
    if attribute.split(".")[-1] != OUTPUT:
        attribute = f"{attribute}.{OUTPUT}"
    return Reference(flake=flake or ".", attribute=attribute)


def _built(reference: Reference, root: Path, tell: Callable[[str], None]) -> Path:
    folder = flake_folder(reference.flake, root)
    link = None if folder is None else _link(reference, folder)
    if link is not None and (link / CONFIGURATION_FILE).is_file():
        with contextlib.suppress(OSError):
            os.utime(link, follow_symlinks=False)
        return link.resolve()
    return _build(reference, root, link, tell)


def _link(reference: Reference, folder: Path) -> Path | None:
    """Return the link to what was built of a flake in this state, or None if none can be kept."""
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        text = f"{reference.flake}\0{folder}\0{reference.attribute}"
        name = hashlib.sha256(os.fsencode(text)).hexdigest()[:16]
        place = cache / "rehearse" / "testbeds" / name
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(place, os.W_OK):
            return None
        return place / flake_key(reference.flake, folder)
    except (OSError, RuntimeError):  # there is no home
        return None


def _build(
    reference: Reference, root: Path, link: Path | None, tell: Callable[[str], None]
) -> Path:
    command = [
        "nix",
        "--extra-experimental-features",
        "nix-command flakes",
        "build",
        "--print-out-paths",
        *(["--no-link"] if link is None else ["--out-link", str(link)]),
        reference.installable,
    ]
    tell(f"building the testbed {reference.installable}")
    where = f"testbed {reference.installable}"
    status, last, output = _run(command, root, tell, where)
    if status != 0:
        raise ConfigurationError(where, [_why(reference, status, last)])
    folder = Path(output[-1]) if output else Path()
    if not output or not (folder / CONFIGURATION_FILE).is_file():
        reason = f"Nix built {output[-1] if output else 'nothing'}, which has no "
        raise ConfigurationError(where, [f"{reason}{CONFIGURATION_FILE}, so it is no testbed"])
    if link is not None:
        _remember(link, folder)
    return folder.resolve()


def _why(reference: Reference, status: int, last: list[str]) -> str:
    """Say why Nix failed."""
    text = "\n".join(last)
    if any(one in text for one in NO_ATTRIBUTE):
        return (
            f"not found: the flake has no `{reference.attribute}`; give a test that runTest has "
            f"made, such as {EXAMPLE} (`nix flake show` lists the outputs). Nix says:\n{text}"
        )
    said = f"its last lines:\n{text}" if last else "it said nothing"
    return f"`nix build` failed (exit status {status}); {said}"


def _run(
    command: list[str], root: Path, tell: Callable[[str], None], where: str
) -> tuple[int, list[str], list[str]]:
    """Run Nix. Return its exit status, its last lines, and what it printed."""
    try:
        process = subprocess.Popen(
            command,
            cwd=root,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except FileNotFoundError as error:
        what = f"the folder {root}" if not root.is_dir() else "the program `nix` (on PATH)"
        reason = f"not found: {what}; install Nix, or give the folder of a testbed that is built"
        raise ConfigurationError(where, [reason]) from error
    except OSError as error:
        raise ConfigurationError(where, [f"cannot run `nix`: {error}"]) from error
    last: deque[str] = deque(maxlen=SHOWN_LINES)
    with process:
        try:
            assert process.stderr is not None
            assert process.stdout is not None
            # Nix writes paths to standard output only when it has built: no pipe fills up.
            for line in process.stderr:
                last.append(line.rstrip())
                tell(line.rstrip())
            output = process.stdout.read().splitlines()
        except BaseException:
            process.kill()
            raise
    return process.returncode, list(last), output


def _remember(link: Path, folder: Path) -> None:
    """Keep the link, which Nix has made as a root of its garbage collector, and few older ones."""
    with contextlib.suppress(OSError):
        if not link.is_symlink():
            link.symlink_to(folder)
        links = sorted(link.parent.iterdir(), key=lambda one: one.lstat().st_mtime, reverse=True)
        for old in links[REMEMBERED:]:
            old.unlink()


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
