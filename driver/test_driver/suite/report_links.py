"""The reports of a suite in its folder: a link or a copy for each run, under a name of its own."""

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from .model import Suite

REPORTS = "reports"
RUNS = "runs"
MOST_NAME_BYTES = 200
_FORBIDDEN = str.maketrans({"/": "_", "\0": "_"})


def report_places(suite: Suite) -> Mapping[Path, str]:
    """Return where each report goes in the folder of the suite.

    That of the run which decides is `reports/NAME`; of a test that ran more than once, each run has
    a place `runs/NAME/NUMBER`, too.
    """
    places: dict[Path, str] = {}
    taken: set[str] = set()
    for test in suite.tests:
        name = _free_name(test.name, taken)
        decisive = test.decisive_run
        for number, run in enumerate(test.runs, 1):
            if not run.report:
                continue
            place = f"{REPORTS}/{name}" if run is decisive else f"{RUNS}/{name}/{number}"
            places.setdefault(run.folder, place)
    return places


def put_reports(places: Mapping[Path, str], folder: Path, *, copy: bool) -> None:
    """Link or copy the reports into the folder of a suite. A report that is gone is left out.

    Raises OSError.
    """
    for report, place in places.items():
        if not report.is_dir():
            continue
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if copy:
            _copy(report, target)
        else:
            target.symlink_to(report)


def _copy(report: Path, target: Path) -> None:
    """Copy a report, so that it can be changed and removed: what is in the store is read-only."""
    shutil.copytree(report, target, copy_function=shutil.copyfile, ignore=_special_files)
    for place in [target, *target.rglob("*")]:
        if place.is_dir():
            place.chmod(0o755)


def _special_files(folder: str, names: list[str]) -> set[str]:
    """Return what cannot be copied: links to nothing or to a folder around, sockets, and so on."""
    inside = Path(folder).resolve()
    found = {name: Path(folder, name) for name in names}
    return {
        name
        for name, place in found.items()
        if not place.is_file() and not (place.is_dir() and place.resolve() not in _around(inside))
    }


def _around(folder: Path) -> tuple[Path, ...]:
    return (folder, *folder.parents)


def _free_name(name: str, taken: set[str]) -> str:
    """Return a name for a folder, like that of the test, that no other test has."""
    made = name.translate(_FORBIDDEN)
    if made in ("", ".", "..") or len(made.encode()) > MOST_NAME_BYTES or made in taken:
        made = f"{made.encode()[:MOST_NAME_BYTES].decode(errors='ignore')}-{_digest(name)}"
    taken.add(made)
    return made


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
