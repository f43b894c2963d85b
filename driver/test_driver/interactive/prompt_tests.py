"""`pytest()` of the prompt: files of pytest run with the machines of the session."""

import os
import sys
from pathlib import Path

from ..driver import Driver
from ..live.as_client import as_client, fresh_modules
from ..report.session_report import SessionReport


class PromptTests:
    """The tests of a session: a folder or a file, or those that lie in the current folder."""

    def __init__(self, driver: Driver, report: SessionReport, tests: Path | None) -> None:
        self._driver = driver
        self._report = report
        self._tests = None if tests is None else tests.absolute()

    def pytest(self, *arguments: str) -> None:
        """Run tests with the machines of the session, and show what pytest says.

        `arguments` are those of pytest; paths are relative to the folder of the tests, and without
        one all tests there are meant. The first test finds the machines as they are now, and
        machines that it needs are started; before each other test they are brought back to that.
        Test files are read from disk each time. An example: `pytest("-k", "page", "-x")`.
        """
        # Imported here: a prompt without it shall not wait for it.
        try:
            import pytest
        except ImportError:
            sys.stderr.write("pytest was not found in the Python of the driver\n")
            return
        from ..pytest_plugin.given import GivenPlugin, plugin_arguments
        from ..pytest_plugin.in_build import judge_tests
        from ..pytest_plugin.test_files import TestFiles
        from ..pytest_plugin.testbed import GivenTestbed, open_testbed

        tests = self._tests or Path.cwd()
        folder = tests if tests.is_dir() else tests.parent
        named = [] if tests.is_dir() or any(_is_path(one) for one in arguments) else [tests.name]
        settings = ["--override-ini=console_output_style=classic"]
        if not os.access(folder, os.W_OK):
            settings += ["-p", "no:cacheprovider"]
        driver = self._driver
        opened = open_testbed(driver, self._report.records, driver.configuration.isolation)
        opened.attended = True
        testbed = GivenTestbed(configuration=driver.configuration, opened=opened)
        given = GivenPlugin(testbed, quiet=True)  # the log has a line of each test
        try:
            with (
                self._report.run(TestFiles(tests, arguments)),
                fresh_modules(folder),
                as_client(folder, environment=dict(os.environ), path=[str(folder)], screen=()),
            ):
                opened.isolation.adopt()
                command = [*plugin_arguments(), *settings, *arguments, *named]
                status = int(pytest.main(command, plugins=[given]))
                judge_tests(tests, status, given)
        except Exception:  # noqa: BLE001 - whatever it is was told
            pass
        finally:
            opened.isolation.give_up()


def _is_path(argument: str) -> bool:
    return not argument.startswith("-") and (argument.endswith(".py") or "::" in argument)
