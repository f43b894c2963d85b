"""`--allow-no-tests`: a run whose arguments select none of its tests passes."""

from collections.abc import Sequence

import pytest


class AllowNoTests:
    """A plugin of pytest: a run in which every test was deselected passes.

    A run without any test still fails.
    """

    def __init__(self) -> None:
        self._deselected = 0

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Count the tests."""
        self._deselected += len(items)

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Say that the run has passed."""
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._deselected:
            session.exitstatus = pytest.ExitCode.OK
