"""How what runs pytest in its own process hands over a testbed: as a plugin."""

import pytest

from .testbed import GivenTestbed


class GivenPlugin:
    """Holds a testbed. `quiet` leaves the progress of tests to the log of the driver."""

    def __init__(self, testbed: GivenTestbed, *, quiet: bool = False) -> None:
        self.testbed = testbed
        self.quiet = quiet


def given_testbed(config: pytest.Config) -> GivenTestbed | None:
    """Return the testbed that was handed over, if there is one."""
    return plugin.testbed if (plugin := _plugin(config)) is not None else None


def is_quiet(config: pytest.Config) -> bool:
    """Tell whether the driver's log shows the progress of tests."""
    return (plugin := _plugin(config)) is not None and plugin.quiet


def _plugin(config: pytest.Config) -> GivenPlugin | None:
    plugins = config.pluginmanager.get_plugins()
    return next((one for one in plugins if isinstance(one, GivenPlugin)), None)
