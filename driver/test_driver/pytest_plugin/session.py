"""What a session of pytest has when there is a testbed."""

import pytest

from .fixtures import Fixtures, machine_fixtures
from .flaky import FlakyTests
from .judging import Judging
from .marks import Marks
from .random_tests import RandomTests
from .results import Results
from .sequence import Sequencing
from .testbed import Testbed
from .workers import Workers


def register_testbed(config: pytest.Config, testbed: Testbed) -> None:
    """Register fixtures and hooks for a testbed. Raises pytest.UsageError."""
    for line in FAILURES_OF_PYTHON:
        config.addinivalue_line("filterwarnings", line)
    plugins = {
        "machines": machine_fixtures(testbed),
        "fixtures": Fixtures(testbed),
        "marks": Marks(testbed.configuration),
        "sequence": Sequencing(testbed, config),
        "judging": Judging(testbed),
        "results": Results(testbed, config),
        "flaky": FlakyTests(),
        "random": RandomTests(testbed),
        "workers": Workers(testbed),
    }
    for name, plugin in plugins.items():
        config.pluginmanager.register(plugin, f"rehearse-{name}")


# What Python only prints fails a test: an error of a thread, or in a finalizer.
FAILURES_OF_PYTHON = (
    "error::pytest.PytestUnhandledThreadExceptionWarning",
    "error::pytest.PytestUnraisableExceptionWarning",
)
