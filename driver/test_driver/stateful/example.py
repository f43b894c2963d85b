"""One example of a state machine: the steps that were taken, and what came of them."""

from abc import abstractmethod
from collections.abc import Callable
from random import Random
from typing import Any

from hypothesis import stateful
from hypothesis.errors import UnsatisfiedAssumption

from ..errors import DriverError
from ..run.verdict import Outcome, judge
from .context import current_driver
from .search_end import EndOfSearch
from .steps import Taken


class Example(stateful.RuleBasedStateMachine):
    """What rules and the search know of a state machine."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Taken] = []
        self.chance: Random | None = None
        self.error: Exception | None = None
        self._busy = False

    @abstractmethod
    def rehearse_invariants(self) -> None:
        """Ask about everything that must hold now."""

    def take(self, step: Taken, function: Callable[..., Any], *, asks: bool = False) -> Any:  # noqa: ANN401
        """Do what a rule does, or ask whether an invariant holds, and take note of it."""
        if self._busy:  # a rule that calls another
            return function(self, **step.arguments)
        self._busy = True
        try:
            if asks:
                return function(self)
            self.taken.append(step)
            with current_driver().steps.step(str(step)):
                return function(self, **step.arguments)
        except UnsatisfiedAssumption:
            raise
        except Exception as error:
            if judge(error, "").outcome is Outcome.ERROR or _ends_search(error):
                raise EndOfSearch(error) from error
            if asks:
                self.taken.append(step)
            self.error = error
            raise
        finally:
            self._busy = False


def _ends_search(error: Exception) -> bool:
    return isinstance(error, DriverError) and error.ends_search
