"""A state machine over the machines of a test: all examples begin from the same snapshot."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from hypothesis import stateful
from hypothesis import strategies as st

from ..machine import BaseMachine
from ..machine.snapshot import forget, keep, missing
from ..run.timings import Phase
from .context import current_driver
from .errors import StatefulError
from .example import Example
from .rules import INVARIANT, mark, methods, next_step
from .search import Search
from .search_end import EndOfSearch
from .steps import Taken


class StateMachine(Example):
    """What can be done with the machines of a test, and what must hold then.

    An instance is one example. Making one brings all machines to where examples begin: to the
    snapshot that `start` names, or, without one, to where they were when the first was made.

    >>> class Network(StateMachine):
    ...     @rule(machine=stopped)
    ...     def boot(self, machine):
    ...         machine.start()
    """

    start: ClassVar[str | None] = None
    _made: ClassVar[str | None] = None

    def __init__(self) -> None:
        super().__init__()
        try:
            self._begin()
        except Exception as error:
            raise EndOfSearch(error) from error

    @classmethod
    def run(
        cls,
        *,
        max_examples: int = 100,
        steps: int = 10,
        seed: int = 0,
        seconds: float | None = None,
        examples: str | Path | None = None,
    ) -> None:
        """Look for an example that fails, with that many steps in each; shorten what is found.

        The same seed makes the same examples. With `seconds`, none but the first is begun after
        that time.
        `examples` is a folder `hypothesis` from the output of an earlier run: what failed there
        is tried first. Raises PropertyFailed, with the steps as a script.

        >>> Network.run(max_examples=100, steps=10, seed=1)
        """
        cls._forget()
        search = Search(
            cls,
            max_examples=max_examples,
            steps=steps,
            seed=seed,
            seconds=seconds,
            examples=None if examples is None else Path(examples),
        )
        search.run()

    # For Hypothesis this is all there is. It knows rules, too, but throws an example away when one
    # that it has chosen to leave out is the only one that applies: half of them, with machines off.
    @stateful.rule(step=st.runner().flatmap(next_step))
    def rehearse_step(self, step: Taken | None) -> None:
        """Take a step."""
        if step is not None:
            getattr(self, step.name)(**step.arguments)

    @stateful.invariant(check_during_init=True)
    def rehearse_invariants(self) -> None:
        """Ask about everything that must hold now."""
        for name in methods(type(self), INVARIANT):
            conditions = mark(getattr(type(self), name)).conditions
            if all(condition(self) for condition in conditions):
                getattr(self, name)()

    def boot_all(self, machines: Iterable[BaseMachine]) -> None:
        """Start machines at once, and wait until all of them take commands.

        >>> self.boot_all([a, b])
        """
        chosen = list(machines)
        driver = current_driver()
        with driver.steps.timings.spend(Phase.BOOT), driver.steps.step("booting"):
            for machine in chosen:
                machine.start()
            if chosen:
                chosen[0].in_loop(_connect(chosen))

    def _begin(self) -> None:
        """Bring all machines to where examples begin. Nothing that was done to them lasts."""
        driver = current_driver()
        driver.network.faults.begin_anew()
        kind = type(self)
        name = kind.start or kind._made
        if name is None:
            kind._made = name = f"{kind.__name__}: the beginning"
            keep(driver, name)
            return
        if what := missing(driver.everyone, name):
            raise StatefulError(
                f"{kind.__name__}: examples start from {what} before {kind.__name__}.run(), or "
                "leave `start` out: then examples start where the machines are"
            )
        driver.restore_all(name)

    @classmethod
    def _forget(cls) -> None:
        """Let examples begin where the machines are now, unless `start` names a snapshot."""
        if cls._made is not None:
            forget(current_driver().everyone, cls._made)
        cls._made = None


async def _connect(machines: Iterable[BaseMachine]) -> None:
    await asyncio.gather(*(machine.ensure_connected() for machine in machines))
