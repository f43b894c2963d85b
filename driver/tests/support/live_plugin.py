"""A plugin of pytest with `--live` alone: the tests of its protocol need no testbed."""

from pathlib import Path

import pytest

from test_driver.live.client import LiveClient


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the folder of a testbed."""
    parser.addoption("--live-of", type=Path, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Have the tests run elsewhere."""
    if (testbed := config.getoption("live_of")) is not None:
        config.pluginmanager.register(LiveClient(config, testbed, ".#web"), "live")
