"""The entry point of the plugin: options, marks, and what a session has by its testbed."""

import sys
from dataclasses import replace

import pytest

from .marks import MARKS
from .options import add_options

OLDEST_PYTEST = (8, 3)
ONE_TESTBED = (
    '-n is refused here, because there is one testbed. In a build, `pytest.split = "file"` lets '
    "files run at once; in a checkout, `pytest -n` gives each worker a testbed of its own"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plugin."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marks, and what belongs to the testbed. Raises pytest.UsageError."""
    from .given import given_testbed, is_quiet

    if config.getoption("allow_no_tests"):
        from .no_tests import AllowNoTests

        config.pluginmanager.register(AllowNoTests(), "rehearse-allow-no-tests")
    for line in MARKS.values():
        config.addinivalue_line("markers", line)
    if (given := given_testbed(config)) is not None:
        if is_quiet(config):  # in a build: paths are relative to the tests
            config.invocation_params = replace(config.invocation_params, dir=config.rootpath)
            if given.opened is not None and (mode := config.getoption("isolation")):
                given.opened.isolation.mode = mode
        if getattr(config.option, "numprocesses", None) or getattr(config.option, "tx", None):
            raise pytest.UsageError(ONE_TESTBED)
        from .session import register_testbed

        register_testbed(config, given)
        return
    if (folder := config.getoption("lf_from")) is not None:
        from .last_failed import LastFailed

        config.pluginmanager.register(LastFailed(folder), "rehearse-last-failed")
    if config.getoption("live") and not is_debugged(config):
        from ..live.client import register_client

        register_client(config, wanted_testbed(config))
    elif text := wanted_testbed(config):
        if pytest.version_tuple[:2] < OLDEST_PYTEST:
            oldest = ".".join(map(str, OLDEST_PYTEST))
            raise pytest.UsageError(
                f"rehearse needs pytest {oldest} or newer; this is pytest {pytest.__version__}"
            )
        from .own_testbed import own_testbed
        from .session import register_testbed

        register_testbed(config, own_testbed(config, text))
    else:
        from .fixtures import no_testbed

        config.pluginmanager.register(no_testbed(), "rehearse-no-testbed")


def is_debugged(config: pytest.Config) -> bool:
    """Tell whether the debugger of an editor is attached, which sees this process alone.

    VS Code and PyCharm both use the debugger pydevd. If it is there, the report header names it.
    """
    if "pydevd" not in sys.modules:
        return False
    config.pluginmanager.register(DebuggerNote(), "rehearse-debugger")
    return True


class DebuggerNote:
    """Says why `--live` is not used."""

    def pytest_report_header(self) -> str:
        """Say it."""
        return "live: a debugger is attached, so tests run here, with machines of their own"


def wanted_testbed(config: pytest.Config) -> str:
    """Return what names the testbed: the command line, or the settings; "" without one."""
    return str(config.getoption("testbed") or config.getini("testbed"))
