"""`--lf-from FOLDER`: run the tests that failed in a build, which has written FOLDER."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from ..output import EVENTS_FILE, REPORT_FILE
from ..report.event_schema import VERSION, NewerSchemaError

FAILED = ("failed", "error")
SHOWN = 5


class LastFailed:
    """A plugin of pytest: deselects the tests that did not fail in the build that wrote a folder.

    Raises pytest.UsageError if the folder is no output of a test.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._failed = failed_tests(folder)
        self._selected = 0
        self._elsewhere: list[str] = []

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep the tests that failed there."""
        chosen, self._elsewhere = matching([item.nodeid for item in items], self._failed)
        kept = [item for item in items if item.nodeid in chosen]
        others = [item for item in items if item.nodeid not in chosen]
        self._selected = len(kept)
        items[:] = kept
        if others:
            config.hook.pytest_deselected(items=others)

    def pytest_report_collectionfinish(self) -> list[str]:
        """Say what is run, and which failed tests are not here."""
        if not self._failed:
            return [f"lf-from: no test failed in {self._folder}; nothing to run"]
        lines = [
            f"lf-from: {len(self._failed)} tests failed in {self._folder}; "
            f"running {self._selected} of the collected tests"
        ]
        if self._elsewhere:
            shown = ", ".join(self._elsewhere[:SHOWN])
            more = len(self._elsewhere) - SHOWN
            lines.append(
                f"lf-from: not found among the collected tests: {shown}"
                + (f" and {more} more" if more > 0 else "")
            )
        return lines


def matching(collected: Sequence[str], failed: Iterable[str]) -> tuple[set[str], list[str]]:
    """Return which node ids are meant by those that failed, and which of these are not there.

    A build may have had another root folder: then one id ends with the other.
    """
    known = set(collected)
    chosen: set[str] = set()
    elsewhere = []
    for name in failed:
        found = {name} & known or {
            one for one in collected if one.endswith(f"/{name}") or name.endswith(f"/{one}")
        }
        chosen |= found
        if not found:
            elsewhere.append(name)
    return chosen, elsewhere


def failed_tests(folder: Path) -> list[str]:
    """Return the node ids of the tests that failed, or did not end. Raises pytest.UsageError."""
    folders = [folder, *_folders_in(folder)]
    found = [
        (place / name, read)
        for place in folders
        for name, read in ((EVENTS_FILE, _from_events), (REPORT_FILE, _from_report))
        if (place / name).is_file()
    ]
    if not found:
        raise pytest.UsageError(f"--lf-from {folder}: {_no_output(folder)}")
    read_folders = set()
    names: dict[str, None] = {}
    for path, read in found:
        if path.parent in read_folders:
            continue  # the events say more than the report
        read_folders.add(path.parent)
        try:
            names.update(dict.fromkeys(read(path)))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ET.ParseError) as error:
            raise pytest.UsageError(f"--lf-from {folder}: cannot read {path}: {error}") from error
    return list(names)


def _folders_in(folder: Path) -> list[Path]:
    """Return the folders in it, in which a test that is split by files has its outputs."""
    try:
        return sorted(place for place in folder.iterdir() if place.is_dir())
    except OSError:
        return []


def _no_output(folder: Path) -> str:
    if not folder.exists():
        what = "not found"
    elif not folder.is_dir():
        what = "is not a folder"
    else:
        what = f"has neither {EVENTS_FILE} nor {REPORT_FILE}"
    return (
        f"{what}; give the output folder of a test (a failed build leaves none: "
        "build the `.report` of the test)"
    )


def _from_events(path: Path) -> Iterator[str]:
    """Yield the tests that failed, and those that were running when the driver was killed."""
    begun: dict[object, str] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.endswith("\n"):
                break  # the driver was killed while it wrote
            event = json.loads(line)
            if event.get("kind") == "schema":
                if event["version"] > VERSION:
                    raise NewerSchemaError(event["version"])
            if not event.get("subtest") or "::" not in event["name"]:
                continue
            if event["kind"] == "step-begin":
                begun[event["step"]] = event["name"]
            elif event["kind"] == "step-end":
                begun.pop(event["step"], None)
                if (event.get("outcome") or event["result"]) in FAILED:
                    yield event["name"]
    yield from begun.values()


def _from_report(path: Path) -> Iterator[str]:
    for case in ET.parse(path).getroot().iter("testcase"):
        name = case.get("name", "")
        if "::" in name and any(case.find(kind) is not None for kind in ("failure", "error")):
            yield name
