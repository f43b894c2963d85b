"""What a session of pytest has when there is a testbed."""

import pytest

from .collection import collection_plugins
from .fixtures import machine_fixtures
from .flaky import FlakyTests
from .judging import Judging
from .results import Results
from .sequence import Sequencing
from .testbed import Testbed
from .workers import Workers


def register_testbed(config: pytest.Config, testbed: Testbed) -> None:
    """Register fixtures and hooks for a testbed. Raises pytest.UsageError."""
    for warning in FAILURES:
        if hasattr(pytest, warning):  # newer ones have no such warning, and fail by themselves
            config.addinivalue_line("filterwarnings", f"error::pytest.{warning}")
    for line in COROUTINES:
        config.addinivalue_line("filterwarnings", line)
    plugins = {
        "rehearse-machines": machine_fixtures(testbed),
        **collection_plugins(testbed),
        "rehearse-sequence": Sequencing(testbed, config),
        "rehearse-judging": Judging(testbed),
        "rehearse-results": Results(testbed, config),
        "rehearse-flaky": FlakyTests(),
        "rehearse-workers": Workers(testbed),
    }
    for name, plugin in plugins.items():
        config.pluginmanager.register(plugin, name)


# What is only warned of fails a test: an error of a thread, or in a finalizer; a test that is never
# run because it is a coroutine; a test that returns what it should assert.
FAILURES = (
    "PytestUnhandledThreadExceptionWarning",
    "PytestUnraisableExceptionWarning",
    "PytestUnhandledCoroutineWarning",
    "PytestReturnNotNoneWarning",
)
# Of coroutines, Python warns: those that a test calls, and tests of unittest that are some.
COROUTINES = (
    "error:coroutine '.*' was never awaited:RuntimeWarning",
    "error:It is deprecated to return a value that is not None:DeprecationWarning",
)
