"""Conditions of a script that must hold while something else happens."""

import inspect
import math
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import overload
from urllib.error import URLError

from ..compatibility import REHEARSE, Compatibility
from ..deadline import DEFAULT_TIMEOUT, Deadline, Duration, seconds_of, time_is_up
from ..deprecation import deprecated
from ..errors import AgentSilent, ConditionFailed, DriverError
from ..retrying import retry_by
from ..run.timings import Phase
from ..steps import Steps

INTERVAL_SECONDS = 2.0
# What a function raises to say that something is not so. A server that is not up yet refuses.
NOT_YET = (AssertionError, ConnectionError, TimeoutError)

ConditionFunction = Callable[[], bool | None]


class PollingConditions:
    """The conditions that are in force now."""

    def __init__(self, compatibility: Compatibility = REHEARSE) -> None:
        self.compatibility = compatibility
        self.entered: list[PollingCondition] = []

    def enter(self, condition: "PollingCondition") -> None:
        """Put a condition into force."""
        self.entered.append(condition)

    def leave(self, condition: "PollingCondition") -> None:
        """Take a condition out of force."""
        self.entered.remove(condition)

    def check_due(self) -> None:
        """Check those whose time has come. Raises ConditionFailed."""
        for condition in tuple(self.entered):
            condition.require_if_due()

    def due_in(self) -> float:
        """Return the seconds until the next check; infinity if there is none."""
        return min((condition.due_in() for condition in self.entered), default=math.inf)


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
        """Put the condition into force: it is checked at once by the next method of a machine."""
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
        says yes. One that raises an AssertionError or a RequestedAssertionFailed (CommandFailed,
        WaitTimedOut and the like) or cannot connect (ConnectionError, TimeoutError) says no.
        Anything else that it raises is an error of the script or of the machines, and is raised.

        >>> assert is_running.check()
        """
        return self._failure() is None

    def wait(self, timeout: Duration = DEFAULT_TIMEOUT) -> None:
        """Wait until the condition holds. Raises WaitTimedOut after `timeout` seconds.

        What its function raises means "not yet" or ends the wait, as `check` tells.

        >>> is_running.wait(timeout=30)
        """
        name = f"waiting for {self.description}"
        deadline = Deadline.of_method(timeout)
        failure: str | None = None

        def holds(remaining: float) -> bool:
            nonlocal failure
            failure = self._failure()
            return failure is None

        counted = self._steps.timings.spend(Phase.WAIT, lambda: name)
        with counted, self._steps.step(name):
            meaning = self._conditions.compatibility
            retry_by(holds, deadline, meaning, self.description, lambda: failure or "")

    def due_in(self) -> float:
        """Return the seconds until the next check."""
        return max(0.0, self._due - time.monotonic())

    def require_if_due(self) -> None:
        """Check the condition if its time has come. Raises ConditionFailed."""
        if self.due_in() > 0:
            return
        # Its function calls methods of machines, which come here again.
        if not self._being_checked.acquire(blocking=False):
            return
        try:
            failure = self._failure()
        finally:
            self._due = time.monotonic() + self._interval
            self._being_checked.release()
        error, self._error = self._error, None
        if failure is not None and not time_is_up():  # a function that was cut short says nothing
            raise ConditionFailed(self.description, failure) from error

    def _failure(self) -> str | None:
        self._error = None
        try:
            result = self._function()
        except Exception as error:
            if not (
                self._means_not_yet(error) or (time_is_up() and isinstance(error, AgentSilent))
            ):
                raise
            self._error = error
            return f"{type(error).__name__}: {error}"
        return None if result is None or result else f"its function returned {result!r}"

    def _means_not_yet(self, error: Exception) -> bool:
        if self._conditions.compatibility.condition_error_is_raised:
            return means_not_yet(error)
        return means_not_yet(error) or not isinstance(error, DriverError)


def means_not_yet(error: BaseException) -> bool:
    """Tell whether an error of a function means "not yet", and not a mistake."""
    if isinstance(error, BaseExceptionGroup):
        return all(means_not_yet(one) for one in error.exceptions)
    if isinstance(error, URLError) and isinstance(error.reason, BaseException):
        return means_not_yet(error.reason)
    return isinstance(error, NOT_YET)


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

        It is checked before each method of any machine, and while a method waits, whenever
        `interval` seconds have passed. If the function returns something false (None counts as
        true) or raises an assertion, as `check` tells, the method raises ConditionFailed. Any other
        error is raised as it is. The docstring of the function is its description.

        >>> @polling_condition(interval=5)
        ... def is_running():
        ...     "the service runs"
        ...     machine.succeed("pgrep service")
        >>> with is_running:
        ...     machine.wait_for_file("/run/service/result")
        """
        name = "interval" if seconds_interval is None else "seconds_interval"
        seconds = seconds_of(interval if seconds_interval is None else seconds_interval, name)
        if seconds_interval is not None:
            deprecated("seconds_interval of polling_condition", "interval")

        def make(function: ConditionFunction) -> PollingCondition:
            if not callable(function):
                raise TypeError(f"polling_condition: expected a function, got {function!r}")
            manual = inspect.getdoc(function)
            name = getattr(function, "__name__", "a condition")
            return PollingCondition(
                function, self._conditions, self._steps, seconds, description or manual or name
            )

        return make if fun is None else make(fun)
