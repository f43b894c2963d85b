"""Choose tests: evaluate them, and leave those that are wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import ConfigurationError
from ..nix.derivations import missing_paths
from ..nix.evaluate import Found, FoundTest, Repeat, evaluate
from ..nix.reference import FlakeValue
from ..suite.timings import History, load_history
from .kept import EvaluationCache, Kept, evaluation_cache
from .selection import select
from .shards import Shard, divide
from .wanted import Wanted
from .watcher import Watcher

MOST_NAMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The tests that are run, the names of all there are, and what is no test."""

    tests: tuple[FoundTest, ...]
    all_names: tuple[str, ...]
    others: tuple[str, ...]


async def evaluated(
    value: FlakeValue, wanted: Wanted, repeat: Repeat | None, folder: Path, kept: Kept | None
) -> Found:
    """Return what a value has: what was kept for this state of the flake, if it is still there."""
    options = wanted.evaluation_options
    cache = None if repeat else evaluation_cache(kept, value, options, folder)
    if cache and (found := cache.load(value)) and await _is_there(found, wanted, folder):
        return found
    found = await evaluate(value, repeat=repeat, options=options, folder=folder)
    _refuse_twice(value, found)
    _keep(cache, found)
    return found


def _keep(cache: EvaluationCache | None, found: Found) -> None:
    if cache:
        cache.store(found)


async def _is_there(found: Found, wanted: Wanted, folder: Path) -> bool:
    """Tell whether of each run the report, or the derivation, is still in the store."""
    runs = [run for test in found.tests for run in test.runs]
    paths = [path for run in runs for path in (run.derivation, run.output)]
    missing = await missing_paths(paths, wanted.store_options, folder)
    return not any(run.derivation in missing and run.output in missing for run in runs)


def _refuse_twice(value: FlakeValue, found: Found) -> None:
    """Raise ConfigurationError for two tests of one name, such as `a-b` and `b` in a set `a`."""
    known: dict[str, FlakeValue] = {}
    for test in found.tests:
        if (other := known.setdefault(test.name, test.value)) is not test.value:
            both = f"{other.installable} and {test.value.installable}"
            reason = f"has two tests of one name, `{test.name}`: {both}; rename one of them"
            raise ConfigurationError(value.installable, [reason])


async def choose(
    value: FlakeValue, wanted: Wanted, folder: Path, kept: Kept | None, watcher: Watcher
) -> tuple[Choice, History]:
    """Evaluate a value, and return its tests that are wanted, with the history.

    Raises ConfigurationError if there are none.
    """
    history = history_of(wanted, kept)
    watcher.preparing(f"evaluating {value.installable}")
    repeat = wanted.repetition()
    found = await evaluated(value, wanted, repeat, folder, kept)
    tests = list(found.tests)
    if not tests:
        raise ConfigurationError(value.installable, [_no_tests(value, found)])
    if wanted.expression:
        tests = select(tests, wanted.expression)
    if wanted.retry_failed:
        tests = _failed(tests, value, kept)
    if wanted.shard is not None:
        tests = _shard(tests, wanted.shard, wanted, history, watcher)
    if repeat is not None:
        _refuse_unrepeatable(tests)
        watcher.say(f"seed {repeat.seed} (the same again: --seed {repeat.seed})")
    choice = Choice(
        tests=tuple(tests),
        all_names=tuple(test.name for test in found.tests),
        others=found.others,
    )
    return choice, history


def history_of(wanted: Wanted, kept: Kept | None) -> History:
    """Return earlier runs. Raises ConfigurationError if the file that is given cannot be used."""
    if wanted.timings is not None:
        return load_history(wanted.timings)
    if kept is None:
        return History()
    try:
        return load_history(kept.timings)
    except ConfigurationError:  # it is only a cache, and is written anew
        kept.timings.unlink(missing_ok=True)
        return History()


def _no_tests(value: FlakeValue, found: Found) -> str:
    if found.others == (value.path[-1],):
        return "is no test: it has no `.report`; give what `runTest` has made, or a set of tests"
    shown = ", ".join(found.others[:MOST_NAMES]) or "nothing"
    return f"has no tests, which have `.report`; it has {shown}"


def _failed(tests: Sequence[FoundTest], value: FlakeValue, kept: Kept | None) -> list[FoundTest]:
    where = f"--retry-failed {value.installable}"
    names = kept.failed() if kept else None
    if names is None:
        reason = "no earlier run of this command in this folder is known; run it without the option"
        raise ConfigurationError(where, [reason])
    found = [test for test in tests if test.name in names]
    if not found:
        reason = f"of {len(tests)} tests, none failed in the last run; run it without the option"
        raise ConfigurationError(where, [reason])
    return found


def _shard(
    tests: Sequence[FoundTest],
    shard: Shard,
    wanted: Wanted,
    history: History,
    watcher: Watcher,
) -> list[FoundTest]:
    """Return the tests of a shard. Only a history that is given counts: all jobs have that one."""
    names = [test.name for test in tests]
    known = history if wanted.timings is not None else History()
    seconds = {name: known.expected_seconds(name) for name in names}
    division = divide(
        names, {name: one for name, one in seconds.items() if one is not None}, shard.count
    )
    mine = set(division.shards[shard.number - 1])
    if not mine:
        reason = f"has no test: there are {len(tests)} tests; use at most {len(tests)} shards"
        raise ConfigurationError(f"--shard {shard}", [reason])
    watcher.say(
        f"shard {shard}: {len(mine)} of {len(tests)} tests (division {division.digest}, which all "
        "shards have in common)"
    )
    return [test for test in tests if test.name in mine]


def _refuse_unrepeatable(tests: Sequence[FoundTest]) -> None:
    names = [test.name for test in tests if not test.runs and not test.error]
    if names:
        shown = ", ".join(names[:MOST_NAMES])
        reason = f"cannot be run again, since they have no `repeat`: {shown}; leave them out by -k"
        raise ConfigurationError("tests", [reason])


async def further_runs(
    value: FlakeValue, wanted: Wanted, repeat: Repeat, names: set[str], folder: Path
) -> list[FoundTest]:
    """Return these tests with further runs."""
    found = await evaluated(value, wanted, repeat, folder, None)
    return [test for test in found.tests if test.name in names]
