"""One run of `rehearse test`: tests are chosen, what is missing is built, and all is judged."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..nix.derivations import missing_paths, read_derivations
from ..nix.evaluate import FoundTest, Repeat
from ..nix.reference import FlakeValue
from ..nix.settings import NixSettings
from ..suite.model import Outcome
from ..suite.timings import History
from .choice import further_runs
from .inputs import build_inputs
from .kept import Kept
from .machines import machines_for
from .one_run import Context, error_end, stored_end
from .results import Results
from .scheduler import run_all
from .wanted import ROUND_RUNS, Wanted, new_seed
from .watcher import Watcher
from .work import Work, WorkEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a run of the command works with."""

    wanted: Wanted
    value: FlakeValue
    folder: Path
    kept: Kept | None
    settings: NixSettings
    history: History
    watcher: Watcher
    results: Results

    @property
    def context(self) -> Context:
        """What all runs of tests share."""
        return Context(
            folder=self.folder,
            options=self.wanted.build_options,
            watcher=self.watcher,
            links=self.kept.links if self.kept else None,
        )

    def take(self, end: WorkEnd) -> None:
        """Keep the end of a run, and tell of it."""
        self.results.add(end)
        self.watcher.ended(end)


async def run_tests(session: Session, tests: Sequence[FoundTest]) -> None:
    """Run tests to their end. What has ended is in the results, whatever ends this."""
    for test in tests:
        if test.error:
            session.watcher.say(f"{test.name} {test.error}")
    works = [work for test in tests for work in _works(test, session.history)]
    if session.wanted.retry_failed and not session.wanted.repeats:
        works = await _with_new_runs(session, works)
    offset = 0
    while True:
        await _run(session, works)
        if not session.wanted.endless or session.results.has_failure:
            return
        offset += ROUND_RUNS
        works = await _next_round(session, tests, offset)


def _works(test: FoundTest, history: History) -> list[Work]:
    own = len(test.runs) == 1 and not test.is_repeated
    return [
        Work(
            test=test,
            report=report,
            number=0 if own else number,
            expected_seconds=history.expected_seconds(test.name),
        )
        for number, report in enumerate(test.runs, 1)
    ]


async def _run(session: Session, works: Sequence[Work]) -> None:
    """Read the reports that are in the store, and run the rest."""
    stored, missing = await _divided(session, works)
    for work in stored:
        session.take(await stored_end(work))
    if session.wanted.until_fail and session.results.has_failure:
        return
    if not missing:
        return
    places, impossible = await machines_for(
        missing,
        session.settings,
        options=session.wanted.store_options,
        folder=session.folder,
        watcher=session.watcher,
    )
    for work, reason in impossible.items():
        session.take(error_end(work, reason))
    possible = [work for work in missing if work not in impossible]
    failed = await build_inputs(possible, session.context) if len(possible) > 1 else {}
    ready = []
    for work in possible:
        inputs = work.derivation.inputs if work.derivation else {}
        if reason := next((failed[path] for path in inputs if path in failed), ""):
            session.take(error_end(work, f"an input of the test failed to build: {reason}"))
        else:
            ready.append(work)
    await run_all(
        ready, places, session.context, session.take, until_failure=session.wanted.until_fail
    )


async def _divided(session: Session, works: Sequence[Work]) -> tuple[list[Work], list[Work]]:
    """Return what is in the store, and what is missing, with its derivation."""
    options, folder = session.wanted.store_options, session.folder
    missing = await missing_paths([work.report.output for work in works], options, folder)
    stored: list[Work] = []
    rest: list[Work] = []
    for work in works:
        is_stored = work.report.output.startswith("/") and work.report.output not in missing
        (stored if is_stored else rest).append(work)
    found = await read_derivations([work.report.derivation for work in rest], options, folder)
    return stored, [replace(work, derivation=found.get(work.report.derivation)) for work in rest]


async def _with_new_runs(session: Session, works: Sequence[Work]) -> list[Work]:
    """Return the work with further runs of tests whose reports in the store say that they failed.

    They are unchanged, so that Nix would build nothing. If such a run passes, the test is flaky.
    """
    stored, _ = await _divided(session, works)
    names = set()
    for work in stored:
        end = await stored_end(work)
        if end.runs[-1].outcome is not Outcome.PASSED:
            names.add(work.test.name)
    if not names:
        return list(works)
    repeat = Repeat(runs=1, seed=session.wanted.seed or new_seed())
    found = await further_runs(session.value, session.wanted, repeat, names, session.folder)
    again = [work for test in found for work in _works(test, session.history)]
    for name in sorted(names - {work.test.name for work in again}):
        session.watcher.say(f"{name} is unchanged and has no `repeat`: its old result counts")
    for work in again:
        session.results.plan(work.test.name, 2)
    if again:
        count = f"{len(again)} test{'' if len(again) == 1 else 's'}"
        session.watcher.say(f"seed {repeat.seed} for {count} that failed and did not change since")
    return [*works, *again]


async def _next_round(session: Session, tests: Sequence[FoundTest], offset: int) -> list[Work]:
    """Return further runs of all tests, with another seed."""
    repeat = Repeat(runs=ROUND_RUNS, seed=new_seed(), load=session.wanted.load)
    session.watcher.say(f"{offset} runs of each test have ended, none failed; seed {repeat.seed}")
    names = {test.name for test in tests}
    found = await further_runs(session.value, session.wanted, repeat, names, session.folder)
    for test in found:
        session.results.plan(test.name, offset + len(test.runs))
    works = [work for test in found for work in _works(test, session.history)]
    return [replace(work, number=work.number + offset) for work in works]
