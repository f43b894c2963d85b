"""`pytest --live`: collects tests in its own process, and has `rehearse up` run them."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from ..errors import ConfigurationError
from ..pytest_plugin.collection import collection_plugins
from ..pytest_plugin.options import testbed_root
from ..pytest_plugin.testbed import GivenTestbed
from ..pytest_plugin.testbed_source import CONFIGURATION_FILE, find_testbed
from .channel import VERSION, Channel, Message
from .place import Place, connect, holder, place_of
from .reports import report_from_json, warning_from_json
from .request import request_of

PDB = (
    "--pdb and --trace are refused with --live, because tests run in the process of `rehearse up`; "
    "leave --live out: pytest then boots machines of its own, and stops in the failed test"
)
WORKERS = (
    "-n is refused with --live, because there is one testbed; leave --live out: each worker then "
    "boots a testbed of its own"
)


NO_TESTBED = (
    "--live needs a testbed; give the one that is up: `testbed` in the settings of pytest, or "
    "--testbed"
)


def register_client(config: pytest.Config, text: str) -> None:
    """Register what collects the tests of a testbed, and has them run elsewhere.

    Raises pytest.UsageError.
    """
    if not text:
        raise pytest.UsageError(NO_TESTBED)
    try:
        folder = find_testbed(text, testbed_root(config))
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(LiveClient(config, folder, text), "rehearse-live")
    testbed = UnreadTestbed(folder / CONFIGURATION_FILE)
    for name, plugin in collection_plugins(testbed).items():
        config.pluginmanager.register(plugin, name)


class UnreadTestbed(GivenTestbed):
    """A testbed without machines, whose document is read when something asks for it.

    Most tests can be collected without, and that takes time.
    """

    def __init__(self, document: Path) -> None:
        self._document = document

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the configuration
        if name != "configuration":
            raise AttributeError(name)
        from ..configuration import load_configuration

        try:
            self.configuration = load_configuration(self._document)
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from error
        return self.configuration


class LiveClient:
    """A plugin of pytest: has another process run the tests. `text` names the testbed.

    Raises pytest.UsageError if an option makes no sense with that.
    """

    def __init__(self, config: pytest.Config, testbed: Path, text: str) -> None:
        option = config.option
        if getattr(option, "usepdb", False) or getattr(option, "trace", False):
            raise pytest.UsageError(PDB)
        if getattr(option, "numprocesses", None) or getattr(option, "tx", None):
            raise pytest.UsageError(WORKERS)
        self._config = config
        self._text = text
        try:
            self._place: Place = place_of(testbed)
        except ConfigurationError as error:
            raise pytest.UsageError(str(error)) from error
        self._channel: Channel | None = None
        self._kept: dict[str, list[Message]] = {}  # what has come of tests besides this one
        self._lost = ""  # why nothing more comes

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Connect. Raises pytest.UsageError if nothing is up."""
        if session.config.option.collectonly:
            return
        connection = connect(self._place)
        if connection is None:
            raise pytest.UsageError(
                f"--live: no `rehearse up` was found for the testbed {self._place.testbed}; start "
                f"it with `rehearse up {self._text}`. If one runs: it has the testbed of former "
                "Nix files; start it again"
            )
        self._channel = Channel(connection)

    def pytest_report_header(self) -> str:
        """Say who runs the tests."""
        return f"live: {self._place.testbed}, by process {holder(self._place)}"

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Ask for all selected tests, unless there are none to be run."""
        failed = session.testsfailed and not session.config.option.continue_on_collection_errors
        if self._channel is None or failed or not session.items:
            return (yield)
        try:
            self._ask(session)
            returned = yield
            if not session.shouldfail and not session.shouldstop:
                self._hear_the_end()
            return returned
        finally:
            self._channel.close()  # the server stops what it still does for this client

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool:
        """Tell what comes of a test."""
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        told = ""
        while (message := self._next(item.nodeid)) is not None:
            if message["kind"] == "logfinish":
                break
            report = report_from_json(self._config, message["report"])
            told = report.when
            hook.pytest_runtest_logreport(report=report)
        else:
            hook.pytest_runtest_logreport(report=_lost_report(item, self._lost, told))
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def _ask(self, session: pytest.Session) -> None:
        assert self._channel is not None
        try:
            self._channel.send("run", (1, 2), version=VERSION, **request_of(session))
        except OSError as error:
            self._lose(f"cannot send to it: {error}")

    def _next(self, nodeid: str) -> Message | None:
        """Return the next report of a test, or its end; None if there is none any more."""
        while not (kept := self._kept.get(nodeid)):
            message = None if self._lost or self._channel is None else self._channel.receive()
            if message is None:
                if not self._lost:
                    self._lose("it ended")
                return None
            self._take(message)
        return kept.pop(0)

    def _hear_the_end(self) -> None:
        """Take what comes after the last test: warnings."""
        while not self._lost and self._channel is not None:
            if (message := self._channel.receive()) is None:
                return
            self._take(message)

    def _take(self, message: Message) -> None:
        match message["kind"]:
            case "report" | "logfinish":
                self._kept.setdefault(message["nodeid"], []).append(message)
            case "warning":
                self._config.hook.pytest_warning_recorded.call_historic(
                    kwargs={
                        "warning_message": warning_from_json(message["warning"]),
                        "when": message["when"],
                        "nodeid": message["nodeid"],
                        "location": None,
                    }
                )
            case "waiting":
                self._say(f"live: waiting {message['what']}")
            case "refused":
                raise pytest.UsageError(f"--live: refused: {message['reason']}")
            case "end":
                self._lost = message["reason"] or "`rehearse up` did not run this test"

    def _lose(self, why: str) -> None:
        process = holder(self._place)
        self._lost = (
            f"the connection to `rehearse up` was lost: {why}"
            f"{f' (process {process})' if process else ''}; look at its terminal, and start it "
            f"again with `rehearse up {self._text}`"
        )

    def _say(self, line: str) -> None:
        reporter: Any = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(line)
            reporter.flush()  # what follows may be a long wait


def _lost_report(item: pytest.Item, why: str, told: str) -> pytest.TestReport:
    """Return an error report for a test that did not end, for the phase after its last report."""
    return pytest.TestReport(
        nodeid=item.nodeid,
        location=item.location,
        keywords={name: 1 for name in item.keywords},
        outcome="failed",
        longrepr=why,
        when="teardown" if told else "setup",
    )
