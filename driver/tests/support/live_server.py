"""A `rehearse up` without machines. Usage: live_server.py TESTBED."""

import signal
import sys
from pathlib import Path

import pytest

from test_driver.live.place import listening, place_of
from test_driver.live.run import run_for
from test_driver.live.server import Client, LiveServer
from test_driver.steps import Steps


class StandIn:
    """In the place of the machines: a fixture that counts the runs, and lives as long as they."""

    runs = 0

    @pytest.fixture
    def server(self) -> int:
        """Return the number of the run."""
        return StandIn.runs


def run(client: Client) -> None:
    """Run the tests of a client."""
    StandIn.runs += 1
    run_for(client, [StandIn()], Steps([]))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with listening(place_of(Path(sys.argv[1]))) as listener:
        sys.stdout.write("up\n")
        sys.stdout.flush()
        server = LiveServer(listener, run)
        server.listen()
        server.serve()
