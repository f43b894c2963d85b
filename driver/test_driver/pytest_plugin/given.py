"""How what runs pytest in its own process hands over a testbed: as a plugin."""

import functools
from importlib.metadata import entry_points

import pytest

from .testbed import GivenTestbed

PLUGIN = "test_driver.pytest_plugin.plugin"


class GivenPlugin:
    """Holds a testbed. `quiet` leaves the progress of tests to the log of the driver."""

    def __init__(self, testbed: GivenTestbed, *, quiet: bool = False) -> None:
        self.testbed = testbed
        self.quiet = quiet


@functools.cache
def plugin_arguments() -> tuple[str, ...]:
    """Return what names the plugin, if it is not installed but lies beside the driver."""
    installed = any(one.value == PLUGIN for one in entry_points(group="pytest11"))
    return () if installed else ("-p", PLUGIN)


def given_testbed(config: pytest.Config) -> GivenTestbed | None:
    """Return the testbed that was handed over, if there is one."""
    return plugin.testbed if (plugin := _plugin(config)) is not None else None


def is_quiet(config: pytest.Config) -> bool:
    """Tell whether the driver's log shows the progress of tests."""
    return (plugin := _plugin(config)) is not None and plugin.quiet


def _plugin(config: pytest.Config) -> GivenPlugin | None:
    plugins = config.pluginmanager.get_plugins()
    return next((one for one in plugins if isinstance(one, GivenPlugin)), None)
