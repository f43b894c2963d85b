"""What fails a test beside its own exceptions: machines that ended, and trouble in them."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from ..trouble.ledger import Expectation
from .marks import allowed, uses_machines
from .testbed import Testbed


class Judging:
    """Judges each phase of a test by itself."""

    def __init__(self, testbed: Testbed) -> None:
        self._testbed = testbed

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judge what happens while fixtures are made."""
        with self._judged(item, "setup"):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judge what happens in the test."""
        with self._judged(item, "call"):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judge what happens while fixtures are taken down."""
        with self._judged(item, "teardown"):
            return (yield)

    @contextmanager
    def _judged(self, item: pytest.Item, phase: str) -> Iterator[None]:
        opened = self._testbed.opened
        if opened is None:
            yield
            return
        uses = uses_machines(item, self._testbed.configuration)
        with ExitStack() as stack:
            for kind in allowed(item):
                for machine in opened.driver.everyone:
                    expectation = Expectation(kind=kind, unit=None)
                    stack.enter_context(machine.trouble.expecting(expectation))
            stack.enter_context(opened.records.steps.step(phase, hidden=True))
            stack.enter_context(opened.driver.judged_apart(ask=uses and phase == "call"))
            yield
