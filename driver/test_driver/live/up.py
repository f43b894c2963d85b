"""The machines of a testbed, kept running for clients."""

import logging
import socket
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from ..configuration import Configuration
from ..errors import DriverError, Interrupted
from ..log import say
from ..pytest_plugin.given import GivenPlugin
from ..pytest_plugin.modes import NONE, RESTORE
from ..pytest_plugin.own_testbed import OwnTestbed, PhaseStream
from ..pytest_plugin.testbed import GivenTestbed, OpenTestbed
from .run import run_for
from .server import Client, LiveServer

logger = logging.getLogger(__name__)


def serve(
    listener: socket.socket,
    configuration: Configuration,
    document: Path,
    names: Collection[str],
    isolation: str | None,
    text: str,
) -> None:
    """Start machines, and run the tests of clients until a signal comes.

    `text` is what the person calls the testbed. Raises DriverError, KeyboardInterrupt, Interrupted.
    """
    mode = isolation or configuration.isolation
    testbed = OwnTestbed(
        configuration=configuration,
        document=document,
        output=None,
        mode=mode,
        stream=PhaseStream(always=True),
    )
    try:
        opened = testbed.open()
        opened.records.report.rehearsed = True
        server = LiveServer(listener, lambda client: _run(client, configuration, opened, mode))
        server.listen()
        opened.isolation.start(names, {}, again=True)
        say(f"up: {text} ({', '.join(names)}); `pytest --live` runs its tests here, Ctrl-C ends it")
        server.serve()
    finally:
        testbed.close()


def _run(client: Client, configuration: Configuration, opened: OpenTestbed, mode: str) -> None:
    """Run the tests of a client; make the machines ready for the next one.

    Raises KeyboardInterrupt or Interrupted if a signal has ended them.
    """
    isolation = opened.isolation
    wanted = client.request["options"].get("isolation")
    isolation.mode = wanted if isinstance(wanted, str) else mode
    _revive(opened)
    given = GivenTestbed(configuration=configuration, opened=opened)
    say(f"running {len(client.request['tests'])} tests of process {client.process}", header=True)
    run_for(client, [GivenPlugin(given)], opened.records.steps)
    if isinstance(given.ended_by, Interrupted | KeyboardInterrupt):
        raise given.ended_by
    isolation.mode = wanted if wanted == NONE else mode
    if isolation.used and isolation.mode == RESTORE:
        _bring_back(opened)


def _revive(opened: OpenTestbed) -> None:
    """Start machines afresh if one has ended since the last run."""
    ended = [one.name for one in opened.driver.everyone if opened.isolation.misses(one)]
    if ended:
        logger.warning("%s has ended meanwhile: all machines start afresh", ", ".join(ended))
        _bring_back(opened)


def _bring_back(opened: OpenTestbed) -> None:
    """Bring all machines to what they were after their start."""
    with suppress(DriverError), opened.driver.judged_apart(ask=False):
        pass  # what ended after the last test is no matter of the next one
    try:
        opened.isolation.restore()
    except DriverError as error:
        logger.warning("the machines cannot be restored, so they start afresh: %s", error)
        opened.isolation.start_afresh()
