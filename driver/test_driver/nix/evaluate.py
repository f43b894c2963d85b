"""The tests that a value of a flake has, as Nix evaluates them."""

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import ConfigurationError
from ..package import PACKAGE_FOLDER
from .eval_jobs import jobs_of
from .internal_json import plain_text
from .program import NixEnd, nix_command, run_nix
from .reference import FlakeValue, nearest, path_text

EXPRESSION = PACKAGE_FOLDER / "nix" / "tests.nix"
SHOWN_LINES = 12
MISSING = ("does not provide attribute", "missing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """How tests are run again: what `repeat` of each of them is called with."""

    runs: int
    seed: str
    load: bool = False

    def expression(self) -> str:
        """Return it as Nix reads it."""
        load = "true" if self.load else "false"
        return f"{{ runs = {self.runs}; seed = {json.dumps(self.seed)}; load = {load}; }}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A derivation that runs a test, and the folder that it leaves."""

    derivation: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTest:
    """A test of a flake. `error` says why it could not be evaluated; it has no runs then.

    A run consists of so many `parts` that Nix can build at once. If it `is_repeated`, its runs are
    repetitions, and not its own one.
    """

    name: str
    value: FlakeValue
    runs: tuple[Report, ...] = ()
    parts: int = 1
    is_repeated: bool = False
    resources: Mapping[str, Any] | None = None
    flaky: Mapping[str, Any] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """All that a value has: tests, and names of what is none."""

    tests: tuple[FoundTest, ...] = ()
    others: tuple[str, ...] = field(default=())


async def evaluate(
    value: FlakeValue, *, repeat: Repeat | None, options: Sequence[str], folder: Path
) -> Found:
    """Return the tests of a value, which is a test or a set of them.

    Where the whole cannot be evaluated, each name is evaluated by itself, and those that cannot
    are tests with an error. Raises ConfigurationError if there is no such value.
    """
    jobs = await jobs_of(value, _function(repeat), options, folder)
    if jobs is not None:
        return _joined([_of_attribute(value, *entry, repeat) for entry in jobs.items()])
    done = await _apply(value, _function(repeat), options, folder)
    if done.status == 0:
        return found_tests(value, json.loads(done.stdout), repeat)
    names = await _names(value, options, folder)
    if names is None:
        raise await _missing(value, done, options, folder)
    return await _one_by_one(value, names, repeat, options, folder)


def found_tests(
    value: FlakeValue, document: Mapping[str, Any], repeat: Repeat | None = None
) -> Found:
    """Return what the expression gave."""
    tests = [_test(value, entry, repeat) for entry in document["tests"]]
    others = [path_text(path) or value.path[-1] for path in document["others"]]
    return Found(tests=tuple(tests), others=tuple(others))


def _test(value: FlakeValue, entry: Mapping[str, Any], repeat: Repeat | None) -> FoundTest:
    path = entry["path"]
    return FoundTest(
        name="-".join(path) or value.path[-1],
        value=value.below(path),
        runs=tuple(Report(**run) for run in entry["runs"]),
        parts=max(1, entry["parts"]),
        is_repeated=repeat is not None,
        resources=entry["resources"],
        flaky=entry["flaky"],
    )


def _function(repeat: Repeat | None) -> str:
    given = "null" if repeat is None else repeat.expression()
    return f"({EXPRESSION.read_text(encoding='utf-8')}) {{ repeat = {given}; }}"


async def _apply(value: FlakeValue, function: str, options: Sequence[str], folder: Path) -> NixEnd:
    command = nix_command("eval", "--json", *options, value.installable, "--apply", function)
    return await run_nix(command, folder=folder)


async def _names(value: FlakeValue, options: Sequence[str], folder: Path) -> list[str] | None:
    """Return the names in a set, or None for a derivation, and for what is no set."""
    function = 'value: if value.type or null == "derivation" then 0 else builtins.attrNames value'
    done = await _apply(value, function, options, folder)
    names = json.loads(done.stdout) if done.status == 0 else None
    return names if isinstance(names, list) else None


async def _missing(
    value: FlakeValue, done: NixEnd, options: Sequence[str], folder: Path
) -> ConfigurationError:
    """Return the error for a value that is not there, or that cannot be evaluated."""
    said = shown(done.stderr)
    if not any(one in said for one in MISSING):
        return ConfigurationError(value.installable, [f"cannot be evaluated; Nix says:\n{said}"])
    for length in range(len(value.path) - 1, 0, -1):
        above = FlakeValue(flake=value.flake, path=value.path[:length])
        names = await _names(above, options, folder)
        if names is not None and (name := value.path[length]) not in names:
            reason = f"not found: {path_text(above.path)} has no `{name}`; {nearest(name, names)}"
            return ConfigurationError(value.installable, [reason])
    return ConfigurationError(value.installable, [f"not found; Nix says:\n{said}"])


async def _one_by_one(
    value: FlakeValue,
    names: Sequence[str],
    repeat: Repeat | None,
    options: Sequence[str],
    folder: Path,
) -> Found:
    """Evaluate the values of a set by themselves, some at once."""
    slots = asyncio.Semaphore(os.cpu_count() or 1)
    function = _function(repeat)

    async def one(name: str) -> Found:
        async with slots:
            done = await _apply(value.below([name]), function, options, folder)
        result = json.loads(done.stdout) if done.status == 0 else done.stderr
        return _of_attribute(value, name, result, repeat)

    return _joined(await asyncio.gather(*map(one, names)))


def _of_attribute(
    value: FlakeValue, name: str, result: dict[str, Any] | str, repeat: Repeat | None
) -> Found:
    """Return what one attribute of a set has, from a document or from what Nix says of it."""
    if isinstance(result, str):
        text = shown(result)
        lines = [line.strip() for line in text.splitlines()]
        reason = next((line for line in reversed(lines) if line.startswith("error:")), "")
        error = f"cannot be evaluated: {reason or 'Nix failed'}; Nix says:\n{text}"
        return Found(tests=(FoundTest(name=name, value=value.below([name]), error=error),))
    document = {
        "tests": [{**entry, "path": [name, *entry["path"]]} for entry in result["tests"]],
        "others": [[name, *path] for path in result["others"]],
    }
    return found_tests(value, document, repeat)


def _joined(parts: Sequence[Found]) -> Found:
    return Found(
        tests=tuple(test for part in parts for test in part.tests),
        others=tuple(name for part in parts for name in part.others),
    )


def shown(text: str) -> str:
    """Return the end of what Nix says, from its last error on if that is short enough."""
    lines = [line.rstrip() for line in plain_text(text).splitlines() if line.strip()]
    return "\n".join(lines[-SHOWN_LINES:])
