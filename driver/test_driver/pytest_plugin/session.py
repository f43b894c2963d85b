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
    for line in FAILURES_OF_PYTHON:
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


# What Python only prints fails a test: an error of a thread, or in a finalizer.
FAILURES_OF_PYTHON = (
    "error::pytest.PytestUnhandledThreadExceptionWarning",
    "error::pytest.PytestUnraisableExceptionWarning",
)
