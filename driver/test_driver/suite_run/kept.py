"""What is kept of a suite between runs, in the user's cache: history, last run, reports."""

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..nix.evaluate import EXPRESSION, Found, FoundTest, Report
from ..nix.flake_state import evaluation_key, flake_folder
from ..nix.reference import FlakeValue
from ..suite.model import Outcome, Suite

TIMINGS_FILE = "timings.json"
LAST_FILE = "last-run.json"
LINKS = "reports"
VERSION = 1
# How many evaluations are kept: those of the states that one goes back and forth between.
EVALUATIONS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The folder of one value of a flake, as it is named in one folder."""

    folder: Path

    @property
    def timings(self) -> Path:
        """The history, unless another file is given."""
        return self.folder / TIMINGS_FILE

    @property
    def links(self) -> Path:
        """The links to reports, which keep them from the garbage collector."""
        return self.folder / LINKS

    def failed(self) -> list[str] | None:
        """Return which tests failed when they were run last, None if nothing is known."""
        try:
            document = json.loads((self.folder / LAST_FILE).read_bytes())
            names = document["failed"] if document["version"] == VERSION else None
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return [str(name) for name in names] if isinstance(names, list) else None

    def remember(self, suite: Suite, all_names: Iterable[str]) -> None:
        """Keep which tests failed, and forget tests that are no more. It never raises."""
        names = set(all_names)
        ended = {test.name: test.verdict for test in suite.tests if test.verdict is not None}
        failed = set(self.failed() or ()) & names - set(ended)
        failed |= {name for name, one in ended.items() if one.outcome is not Outcome.PASSED}
        text = json.dumps({"version": VERSION, "failed": sorted(failed)})
        with contextlib.suppress(OSError):
            _write(self.folder / LAST_FILE, text)
            for link in self.links.iterdir():
                if link.is_symlink() and link.name.rpartition("-")[0] not in names:
                    link.unlink()


def kept_for(value: FlakeValue, root: Path) -> Kept | None:
    """Return the folder of a value, which is made, or None if nothing can be kept."""
    try:
        where = flake_folder(value.flake, root) or root
        text = f"{where}\0{value.installable}"
        name = hashlib.sha256(os.fsencode(text)).hexdigest()[:16]
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        kept = Kept(folder=cache / "rehearse" / "suites" / name)
        kept.links.mkdir(mode=0o700, parents=True, exist_ok=True)
        return kept if os.access(kept.folder, os.W_OK) else None
    except (OSError, RuntimeError):  # there is no home
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationCache:
    """What a value had when the flake was in the state that it is in now."""

    path: Path
    still: Callable[[], bool]

    def load(self, value: FlakeValue) -> Found | None:
        """Return what was kept, None if there is nothing."""
        try:
            document = json.loads(self.path.read_bytes())
            tests = tuple(_test(value, entry) for entry in document["tests"])
            found = Found(tests=tests, others=tuple(document["others"]))
            os.utime(self.path)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found

    def store(self, found: Found) -> None:
        """Keep what was found, if all was evaluated and the flake has not changed meanwhile."""
        if any(test.error for test in found.tests) or not self.still():
            return
        tests = [{**asdict(test), "value": test.value.path} for test in found.tests]
        with contextlib.suppress(OSError):
            _write(self.path, json.dumps({"tests": tests, "others": found.others}))
            files = self.path.parent.glob("evaluation-*.json")
            for old in sorted(files, key=lambda one: one.stat().st_mtime)[:-EVALUATIONS]:
                old.unlink()


def evaluation_cache(
    kept: Kept | None, value: FlakeValue, options: Sequence[str], root: Path
) -> EvaluationCache | None:
    """Return the cache for a flake in its present state, None if nothing can be kept of it."""
    if kept is None or "--impure" in options:
        return None

    def key() -> str | None:
        try:
            return evaluation_key(value.flake, root)
        except OSError:
            return None

    if (state := key()) is None:
        return None
    parts = [state, EXPRESSION.read_text(encoding="utf-8"), *options]
    name = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    path = kept.folder / f"evaluation-{name}.json"
    return EvaluationCache(path=path, still=lambda: key() == state)


def _test(value: FlakeValue, entry: dict[str, Any]) -> FoundTest:
    return FoundTest(
        name=str(entry["name"]),
        value=FlakeValue(flake=value.flake, path=tuple(entry["value"])),
        runs=tuple(Report(**run) for run in entry["runs"]),
        parts=int(entry["parts"]),
        resources=entry["resources"],
        flaky=entry["flaky"],
    )


def _write(path: Path, text: str) -> None:
    """Write a file in one step. Raises OSError."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".new-", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(text)
            file.flush()
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
