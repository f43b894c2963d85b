"""Random tests: `@given` of Hypothesis, and classes of `test_driver.stateful.StateMachine`."""

import sys
from collections.abc import Generator
from functools import wraps
from typing import Any

import pytest

from .fixtures import fixture_names
from .marks import plain_keep, uses_machines
from .testbed import Testbed


class RandomTests:
    """Lets each example of Hypothesis begin with the machines as the first one found them."""

    def __init__(self, testbed: Testbed) -> None:
        self._testbed = testbed

    def pytest_pycollect_makeitem(
        self, collector: pytest.Module | pytest.Class, name: str, obj: object
    ) -> pytest.Item | None:
        """Take a class of `StateMachine` for a test."""
        if not _is_state_machine(obj):
            return None
        settings = getattr(obj, "settings_of_run", {})
        machines = self._machines(obj)

        def test(request: pytest.FixtureRequest) -> None:
            for fixture in machines:
                setattr(obj, fixture, request.getfixturevalue(fixture))
            try:
                obj.run(**settings)  # type: ignore[attr-defined]
            finally:
                obj._forget()  # type: ignore[attr-defined]

        test.__doc__ = obj.__doc__
        marked = pytest.mark.usefixtures(*machines)(test)
        return pytest.Function.from_parent(collector, name=name, callobj=marked)

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> Generator[None, object, object]:
        """Restore the machines before each example but the first."""
        opened = self._testbed.opened
        inner = getattr(getattr(pyfuncitem.obj, "hypothesis", None), "inner_test", None)
        uses = uses_machines(pyfuncitem, self._testbed.configuration)
        if inner is None or opened is None or not uses:
            return (yield)
        isolation, first = opened.isolation, True

        def example(*arguments: Any, **named: Any) -> object:  # noqa: ANN401
            nonlocal first
            if not first and not plain_keep(pyfuncitem):
                isolation.before_test(keep=False, again=True)
            first = False
            return inner(*arguments, **named)

        handle = pyfuncitem.obj.hypothesis
        handle.inner_test = wraps(inner)(example)
        try:
            return (yield)
        finally:
            handle.inner_test = inner

    def _machines(self, kind: object) -> list[str]:
        """Return the fixtures that a state machine has as annotated attributes; all if none."""
        known = fixture_names(self._testbed.configuration)
        named = [name for name in getattr(kind, "__annotations__", {}) if name in known]
        return named or list(known)


def is_hypothesis(item: pytest.Item) -> bool:
    """Tell whether a test is a function with `@given`."""
    return hasattr(getattr(item, "obj", None), "hypothesis")


def _is_state_machine(found: object) -> bool:
    """Tell whether a class of a test file is a state machine, without importing Hypothesis."""
    stateful = sys.modules.get("test_driver.stateful")
    return (
        stateful is not None
        and isinstance(found, type)
        and issubclass(found, stateful.StateMachine)
        and found is not stateful.StateMachine
    )
