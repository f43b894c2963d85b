"""What a client of the front end sees when the database or the network fails."""

import pytest
from front_end import FrontEnd
from test_driver.machine import QemuMachine
from test_driver.network.faults import Network


def test_a_partition_makes_it_unavailable_until_it_heals(
    front_end: FrontEnd,
    roles: dict[str, int],
    network: Network,
    database: QemuMachine,
    rest: QemuMachine,
) -> None:
    with network.partition([database], [rest]):
        assert front_end.get()[0] == 503
    rest.wait_until_succeeds("curl --fail --silent --max-time 5 http://rest/roles")
    assert front_end.get() == (200, roles)


def test_a_database_that_is_stopped_makes_it_unavailable(
    front_end: FrontEnd, database: QemuMachine
) -> None:
    database.succeed("systemctl stop postgresql@17-main.service")
    status, body = front_end.get()
    assert status == 503
    assert "Connection refused" in str(body)


def test_a_worker_that_was_killed_is_replaced(front_end: FrontEnd, rest: QemuMachine) -> None:
    rest.succeed("pkill --signal KILL --newest gunicorn")
    rest.wait_until_succeeds("curl --fail --silent http://rest/roles")


@pytest.mark.variants(database="kernel")
def test_what_was_acknowledged_is_there_after_a_crash_of_the_database(
    front_end: FrontEnd, roles: dict[str, int], database: QemuMachine, rest: QemuMachine
) -> None:
    assert front_end.add("Yorick", 0) == 201
    database.succeed("pkill --signal KILL --full walwriter")
    rest.wait_until_succeeds("curl --fail --silent http://rest/roles/Yorick")
    assert front_end.get() == (200, roles | {"Yorick": 0})
