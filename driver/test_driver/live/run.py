"""One run of tests for a client, in the process that has the machines."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ..errors import Halted
from ..pytest_plugin.given import plugin_arguments
from ..run.signals import Interruption
from ..steps import Steps
from .as_client import as_client, fresh_modules
from .reports import report_to_json, warning_to_json
from .request import environment_of
from .server import Client

SHOWN = 5


class ClientGone(Halted):
    """The client has closed its connection, so its tests stop."""

    def __init__(self) -> None:
        super().__init__("the client has ended: its tests stop here")


class Reporter:
    """A plugin of pytest: chooses the tests of a client, and sends it what comes of them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._session: pytest.Session | None = None
        self._problems: list[str] = []
        self._missing: list[str] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Take over the options of the client."""
        vars(config.option).update(self._client.request["options"])

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Take note of the session."""
        self._session = session

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the tests that the client has chosen, in its order."""
        found = {item.nodeid: item for item in items}
        wanted: list[str] = self._client.request["tests"]
        items[:] = [found[name] for name in wanted if name in found]
        self._missing = [name for name in wanted if name not in found]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self._problems.append(report.longreprtext)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send the report of a phase."""
        assert self._session is not None
        data = report_to_json(self._session.config, report)
        self._send("report", nodeid=report.nodeid, report=data)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Send the end of a test. Stop the session if the client has closed its connection."""
        self._send("logfinish", nodeid=nodeid)
        if self._client.gone and self._session is not None:
            self._session.shouldstop = str(ClientGone())

    def pytest_warning_recorded(self, warning_message: Any, when: str, nodeid: str) -> None:  # noqa: ANN401 - of `warnings`
        """Send a warning of a test. The client has had those of the collection itself."""
        if when == "runtest":
            warning = warning_to_json(warning_message)
            self._send("warning", warning=warning, when=when, nodeid=nodeid)

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep what went wrong in pytest itself."""
        self._problems.append(str(excrepr))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Keep what has ended the tests: a machine that does not start, or `pytest.exit`."""
        if str(excinfo.value):
            self._problems.append(str(excinfo.value))

    def reason(self, status: int) -> str:
        """Say why tests were not run, if some were not."""
        if self._problems:
            return "`rehearse up` could not run the tests:\n" + "\n".join(self._problems)
        if self._missing:
            names = ", ".join(self._missing[:SHOWN])
            return f"`rehearse up` found no such test (it was collected by the client): {names}"
        if status == pytest.ExitCode.USAGE_ERROR:
            return "`rehearse up` could not run the tests: its terminal says why"
        return ""

    def _send(self, kind: str, **fields: object) -> None:
        """Send a message. A client that is not there any more is noticed elsewhere, too."""
        with contextlib.suppress(OSError):
            self._client.channel.send(kind, (), **fields)


class Silence:
    """A plugin of pytest: nothing is written here.

    To leave the reporter of the terminal out is no way: what explains an assertion needs it.
    """

    def __init__(self) -> None:
        self._nowhere = open(os.devnull, "w", encoding="utf-8")

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Replace the reporter."""
        plugins = config.pluginmanager
        reporter: Any = plugins.unregister(name="terminalreporter")
        plugins.register(type(reporter)(config, self._nowhere), "terminalreporter")

    def pytest_unconfigure(self) -> None:
        """Close what was written to."""
        self._nowhere.close()


def run_for(client: Client, plugins: Sequence[object], steps: Steps) -> int:
    """Run the tests of a client, with further plugins; tell it the end.

    Returns the exit status of pytest. Raises Halted if a signal has ended the tests.
    """
    request = client.request
    reporter = Reporter(client)
    status, reason = int(pytest.ExitCode.INTERRUPTED), ""
    interruption = Interruption(steps, None)
    client.when_gone(lambda: interruption.fail(ClientGone()))
    try:
        with interruption:
            status = _main(request, [reporter, Silence(), *plugins], client.channel.descriptors)
            reason = reporter.reason(status)
    except OSError as error:
        status = int(pytest.ExitCode.USAGE_ERROR)
        reason = f"`rehearse up` cannot enter the folder of the tests: {error}"
    except ClientGone:
        pass
    finally:
        interruption.close()
        with contextlib.suppress(OSError):
            client.channel.send("end", status=status, reason=reason)
    return status


def _main(request: dict[str, Any], plugins: Sequence[object], screen: Sequence[int]) -> int:
    arguments = [
        *plugin_arguments(),
        *("-p", "no:cacheprovider", "-p", "no:faulthandler"),
        *request["arguments"],
    ]
    folder = Path(request["folder"])
    shown = request["capture"] in ("no", "tee-sys")
    with (
        fresh_modules(folder, Path(request["root"])),
        as_client(
            folder,
            environment=environment_of(request),
            path=request["path"],
            screen=screen if shown else (),
        ),
    ):
        return int(pytest.main(arguments, plugins=list(plugins)))
