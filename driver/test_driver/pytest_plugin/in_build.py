"""Tests of pytest in the driver's own process: as a derivation runs them."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ..configuration import Configuration
from ..errors import ConfigurationError, DriverError, Halted, HostError, TestsFailed
from ..run.exit_status import ExitStatus
from ..script.replaced import replaced
from .fixtures import missing_fixtures, missing_message
from .given import GivenPlugin, plugin_arguments
from .results import failed
from .testbed import GivenTestbed, Stop, open_testbed

if TYPE_CHECKING:
    from ..driver import Driver
    from ..report.sinks import Records

MOST_NAMES = 5
INI_FILES = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
NOT_BEGUN = (
    ": pytest ended before the first one, as with --collect-only; look at `pytest.args` of the test"
)


def run_tests(
    path: Path,
    arguments: Sequence[str],
    driver: "Driver",
    records: "Records",
    stop: Stop | None = None,
) -> None:
    """Run the tests of a folder or a file with the machines of a driver.

    Raises TestsFailed if one has failed or none was run, HostError if the host is the only reason,
    ConfigurationError if pytest refuses its arguments, and what has ended the whole test.
    """
    opened = open_testbed(driver, records, driver.configuration.isolation, stop)
    testbed = GivenTestbed(configuration=driver.configuration, opened=opened)
    given = GivenPlugin(testbed, quiet=True)
    status = _main(path, [*_settings(path), *arguments], given)
    if isinstance(testbed.ended_by, Halted | DriverError):
        raise testbed.ended_by
    judge_tests(path, status, given)


def check_tests(path: Path, arguments: Sequence[str], configuration: Configuration) -> list[str]:
    """Collect the tests, and return what is wrong with them. Nothing boots."""
    given = GivenPlugin(GivenTestbed(configuration=configuration), quiet=True)
    found = _Collected()
    settings = [*_settings(path), *arguments, "--collect-only", "-qq"]
    status = _main(path, settings, given, found)
    problems = [
        f"{item.nodeid}: {missing_message(missing_fixtures(item)[0], configuration)}"
        for item in found.items
        if missing_fixtures(item)
    ]
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        problems.insert(0, "the tests cannot be collected: pytest says why above")
    elif not found.items:
        problems.append(_nothing_selected(path))
    return problems


class _Collected:
    """Keeps what was selected."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keep the tests."""
        self.items = list(session.items)


def _folder(path: Path) -> Path:
    """Return the folder of the tests."""
    return path if path.is_dir() else path.parent


def _settings(path: Path) -> list[str]:
    """Return the arguments that a build needs: nothing is written beside the tests."""
    settings = ["console_output_style=classic", "verbosity_assertions=2"]
    if not _has_setting(_folder(path), "norecursedirs"):
        # Nix looks for tests in all folders but hidden ones. By default, pytest passes over `build`
        # and `dist`, too.
        settings.append("norecursedirs=.*")
    return [
        f"--rootdir={_folder(path)}",
        "--import-mode=importlib",
        *("-p", "no:cacheprovider"),
        "-q",
        *(f"--override-ini={one}" for one in settings),
    ]


def _main(path: Path, arguments: Sequence[str], *plugins: object) -> int:
    """Run pytest with the plugin, which may not be installed but lie beside the driver."""
    given = [*plugin_arguments(), *arguments, str(path)]
    # Modules beside the tests can be imported, as pytest lets them be by default.
    modules = [str(_folder(path)), *sys.path]
    with replaced(sys, "path", modules), replaced(sys, "dont_write_bytecode", True):
        return int(pytest.main(given, plugins=list(plugins)))


def _has_setting(folder: Path, name: str) -> bool:
    """Tell whether one of pytest's files of settings speaks of a setting."""
    files = [folder / one for one in INI_FILES]
    return any(name in one.read_text(errors="replace") for one in files if one.is_file())


def judge_tests(path: Path, status: int, given: GivenPlugin) -> None:
    """Raise why the tests have not passed, if they have not."""
    results, problems = given.testbed.results, given.testbed.problems
    bad = failed(results)
    if status == pytest.ExitCode.USAGE_ERROR:
        raise ConfigurationError(str(path), ["pytest could not begin; it says why above"])
    if problems:
        raise TestsFailed(f"could not be collected: {_names(problems)}; no machine was started")
    if bad:
        text = f"{len(bad)} of {len(results)} tests failed: {_names(bad)}"
        if given.testbed.statuses == {ExitStatus.HOST_FAULT}:
            raise HostError(text) from given.testbed.error
        raise TestsFailed(text)
    if status == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise TestsFailed(_nothing_selected(path))
    selected = given.testbed.selected
    why = given.testbed.ended_by
    reason = f": {why}" if why is not None and str(why) else ""
    if selected is not None and len(results) < selected:
        raise TestsFailed(f"{selected - len(results)} of {selected} tests were not run{reason}")
    if status != pytest.ExitCode.OK:
        raise TestsFailed(f"pytest ended with exit status {status}; it says why above")
    if selected is None:
        raise TestsFailed(f"no test was run{reason or NOT_BEGUN}")


def _nothing_selected(path: Path) -> str:
    return f"no test was selected in {path.name}: look at `tests` and `pytest.args` of the test"


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
