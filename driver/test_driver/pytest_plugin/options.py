"""The options of the plugin, on the command line and in the file of pytest's settings."""

from pathlib import Path

import pytest

from .modes import MODES


def add_options(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("rehearse", "rehearse: tests over the machines of a testbed")
    group.addoption(
        "--testbed",
        metavar="TESTBED",
        help="the testbed: a flake reference such as .#checks.x86_64-linux.web, or a folder with a "
        "configuration.json (default: `testbed` in the settings)",
    )
    group.addoption(
        "--isolation",
        choices=MODES,
        help="what a test finds after another one that has used machines: `restore` brings "
        "memory and disks back, `boot` boots afresh, `none` leaves everything (default: that of "
        "the testbed)",
    )
    group.addoption(
        "--machine-output",
        type=Path,
        metavar="DIR",
        help="where logs, consoles and reports of the machines go (default: a new temporary "
        "folder, which is named at the end)",
    )
    _add_live(group)
    group.addoption(
        "--lf-from",
        type=Path,
        metavar="DIR",
        help="run the tests that failed in a build, whose output is DIR",
    )
    group.addoption(
        "--allow-no-tests",
        action="store_true",
        help="pass if the other arguments select none of the tests (default: fail), for files that "
        "run one by one",
    )
    parser.addini(
        "testbed",
        "the testbed: a flake reference such as .#checks.x86_64-linux.web, or a folder with a "
        "configuration.json; relative to this file",
        type="string",
        default="",
    )


def _add_live(group: pytest.OptionGroup) -> None:
    """Add the options for machines that run already."""
    group.addoption(
        "--live",
        action="store_true",
        help="run the tests with the machines of `rehearse up`, which run already",
    )
    group.addoption(
        "--no-live",
        action="store_false",
        dest="live",
        default=False,
        help="run the tests with machines of their own, although --live stands before",
    )


def testbed_root(config: pytest.Config) -> Path:
    """Return the folder that a testbed is relative to: on the command line, the current one."""
    if config.getoption("testbed") or config.inipath is None:
        return config.invocation_params.dir
    return config.inipath.parent
