"""Run tests, longest first, on all machines at once."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ..nix.reach import ask_builders
from ..suite.model import Outcome
from .one_run import Context, error_end, run_work
from .places import Machine, Place, Places
from .work import Work, WorkEnd

# An error of the infrastructure is retried so often.
MOST_ATTEMPTS = 2


def longest_first(works: Sequence[Work]) -> list[Work]:
    """Return the work in the order in which it is begun: what nobody knows the duration of first.

    Runs of one test keep their order.
    """

    def key(work: Work) -> tuple[float, int, str]:
        seconds = work.expected_seconds
        return (-seconds if seconds is not None else float("-inf"), work.number, work.test.name)

    return sorted(works, key=key)


@dataclass(slots=True)
class _Running:
    """Runs that Nix builds now, with their places."""

    places: dict[asyncio.Task[WorkEnd], Place] = field(default_factory=dict)

    async def next_ends(self) -> list[tuple[Place, WorkEnd]]:
        """Wait until runs have ended. Raises what ended them, if Nix itself is not there."""
        done, _ = await asyncio.wait(self.places, return_when=asyncio.FIRST_COMPLETED)
        return [(self.places.pop(task), task.result()) for task in done]

    async def cancel(self) -> None:
        """End all runs."""
        for task in self.places:
            task.cancel()
        await asyncio.gather(*self.places, return_exceptions=True)
        self.places.clear()


async def run_all(
    works: Sequence[Work],
    places: Places,
    context: Context,
    on_end: Callable[[WorkEnd], None],
    *,
    until_failure: bool = False,
) -> None:
    """Run all work. `on_end` is called with the end of each piece, which may be an error.

    A run that an error of the infrastructure has ended is begun once more, and its end has both
    runs. With `until_failure`, all that runs is ended as soon as a test has failed.
    """
    pending = longest_first(works)
    earlier: dict[str, WorkEnd] = {}  # first attempts, by derivation
    running = _Running()
    try:
        while pending or running.places:
            pending = _begin(pending, places, context, running)
            if not running.places:
                for work in pending:
                    on_end(_with_earlier(error_end(work, "lost: no machine is left"), earlier))
                return
            for place, end in await running.next_ends():
                places.release(place)
                if end.is_lost:
                    await _look_after(place.machine, end, context)
                if end.may_retry and end.work.attempt < MOST_ATTEMPTS:
                    earlier[end.work.report.derivation] = end
                    context.watcher.say(f"{end.work.title}: {end.runs[-1].headline}; retrying once")
                    pending.insert(0, replace(end.work, attempt=end.work.attempt + 1))
                    continue
                end = _with_earlier(end, earlier)
                on_end(end)
                if until_failure and end.runs[-1].outcome is Outcome.FAILED:
                    return
    finally:
        await running.cancel()


def _begin(
    pending: Sequence[Work], places: Places, context: Context, running: _Running
) -> list[Work]:
    """Begin what there is room for, and return the rest."""
    rest = []
    for work in pending:
        if (place := places.take(work)) is None:
            rest.append(work)
        else:
            running.places[asyncio.ensure_future(run_work(work, place, context))] = place
    return rest


def _with_earlier(end: WorkEnd, earlier: dict[str, WorkEnd]) -> WorkEnd:
    first = earlier.pop(end.work.report.derivation, None)
    return end if first is None else replace(end, runs=(*first.runs, *end.runs))


async def _look_after(machine: Machine, end: WorkEnd, context: Context) -> None:
    """Use a builder no more that gives no answer after a run on it was lost."""
    machine.unwanted.add(end.work.test.name)
    if machine.builder is None or machine.is_gone:
        return
    (answer,) = await ask_builders([machine.builder], context.folder)
    if answer.problem and not machine.is_gone:
        machine.is_gone = True
        context.watcher.say(f"builder {machine.name} is used no more: {answer.problem}")
