"""Conditions of a script that must hold while something else happens."""

import inspect
import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import overload

from ..deadline import DEFAULT_TIMEOUT, Duration, seconds_of
from ..errors import ConditionFailed
from ..steps import Steps
from ..time_budget import Activity
from .deprecation import deprecated
from .retrying import retry

INTERVAL_SECONDS = 2.0

ConditionFunction = Callable[[], bool | None]


class PollingConditions:
    """The conditions that are in force now."""

    def __init__(self) -> None:
        self._entered: list[PollingCondition] = []

    def enter(self, condition: "PollingCondition") -> None:
        """Put a condition into force."""
        self._entered.append(condition)

    def leave(self, condition: "PollingCondition") -> None:
        """Take a condition out of force."""
        self._entered.remove(condition)

    def check_due(self) -> None:
        """Check those whose time has come. Raises ConditionFailed."""
        for condition in tuple(self._entered):
            condition.require_if_due()

    def due_in(self) -> float:
        """Return the seconds until the next check; infinity if there is none."""
        return min((condition.due_in() for condition in self._entered), default=math.inf)


class PollingCondition:
    """A condition, as `polling_condition` makes it from a function."""

    def __init__(
        self,
        function: ConditionFunction,
        conditions: PollingConditions,
        steps: Steps,
        interval: float,
        description: str,
    ) -> None:
        self.description = description
        self._function = function
        self._conditions = conditions
        self._steps = steps
        self._interval = interval
        self._due = 0.0
        self._being_checked = threading.Lock()
        self._error: Exception | None = None  # what its function has raised last

    def __enter__(self) -> None:
        """Put the condition into force: it is checked at once by the next word of a machine."""
        self._due = 0.0
        self._conditions.enter(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._conditions.leave(self)

    def __call__(self) -> bool | None:
        """Call the function itself."""
        return self._function()

    def check(self) -> bool:
        """Tell whether the condition holds. A function that returns nothing and raises nothing
        says yes.

        >>> assert is_running.check()
        """
        return self._failure() is None

    def wait(self, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until the condition holds. Raises WaitTimedOut after `timeout` seconds.

        >>> is_running.wait(timeout=30)
        """
        name = f"waiting for {self.description}"
        counted = self._steps.budget.spend(Activity.WAITS, lambda: name)
        with counted, self._steps.step(name):
            retry(lambda last: self.check(), timeout=timeout)

    def due_in(self) -> float:
        """Return the seconds until the next check."""
        return max(0.0, self._due - time.monotonic())

    def require_if_due(self) -> None:
        """Check the condition if its time has come. Raises ConditionFailed."""
        if self.due_in() > 0:
            return
        # Its function uses words of machines, which come here again.
        if not self._being_checked.acquire(blocking=False):
            return
        try:
            failure = self._failure()
        finally:
            self._due = time.monotonic() + self._interval
            self._being_checked.release()
        if failure is not None:
            error, self._error = self._error, None
            raise ConditionFailed(self.description, failure) from error

    def _failure(self) -> str | None:
        self._error = None
        try:
            result = self._function()
        except Exception as error:  # noqa: BLE001 - whatever the script's function raises
            self._error = error
            return f"{type(error).__name__}: {error}"
        return None if result is None or result else f"its function returned {result!r}"


class PollingConditionMaker:
    """The global `polling_condition`."""

    def __init__(self, conditions: PollingConditions, steps: Steps) -> None:
        self._conditions = conditions
        self._steps = steps

    @overload
    def __call__(
        self,
        fun: ConditionFunction,
        *,
        seconds_interval: Duration | None = None,
        interval: Duration = INTERVAL_SECONDS,
        description: str | None = None,
    ) -> PollingCondition: ...

    @overload
    def __call__(
        self,
        fun: None = None,
        *,
        seconds_interval: Duration | None = None,
        interval: Duration = INTERVAL_SECONDS,
        description: str | None = None,
    ) -> Callable[[ConditionFunction], PollingCondition]: ...

    def __call__(
        self,
        fun: ConditionFunction | None = None,
        *,
        seconds_interval: Duration | None = None,
        interval: Duration = INTERVAL_SECONDS,
        description: str | None = None,
    ) -> PollingCondition | Callable[[ConditionFunction], PollingCondition]:
        """Make a condition from a function, which is checked while the body of a `with` runs.

        It is checked before each word of any machine, and while a word waits, whenever `interval`
        seconds have passed. If the function returns something false (None counts as true) or
        raises, the word raises ConditionFailed. Its docstring is its description.

        >>> @polling_condition(interval=5)
        ... def is_running():
        ...     "the service runs"
        ...     machine.succeed("pgrep service")
        >>> with is_running:
        ...     machine.wait_for_file("/run/service/result")
        """
        seconds = seconds_of(interval if seconds_interval is None else seconds_interval)
        if seconds_interval is not None:
            deprecated("seconds_interval of polling_condition", "interval")

        def make(function: ConditionFunction) -> PollingCondition:
            manual = inspect.getdoc(function)
            name = getattr(function, "__name__", "a condition")
            return PollingCondition(
                function, self._conditions, self._steps, seconds, description or manual or name
            )

        return make if fun is None else make(fun)
