"""The files of a container are restored, and it boots; the machine beside it is restored, too."""

import pytest
from test_driver.machine import NspawnMachine, QemuMachine

NOTHING = "test ! -e /root/trace && ! grep -qsx sleep /proc/[0-9]*/comm"


@pytest.fixture(scope="module")
def installed(box: NspawnMachine) -> None:
    """What a fixture has done to the container stays for all tests."""
    box.succeed("echo installed >/root/installed")


def test_leaves_traces(box: NspawnMachine, installed: None) -> None:
    box.succeed("echo x >/root/trace", "setsid sleep 1000 >/dev/null 2>&1 </dev/null &")


def test_finds_what_the_fixture_has_made(box: NspawnMachine, installed: None) -> None:
    box.succeed(NOTHING, "test -e /root/installed")
    box.succeed("echo x >/root/trace")


@pytest.mark.keep
def test_goes_on(box: NspawnMachine, server: QemuMachine, installed: None) -> None:
    box.succeed("test -e /root/trace")
    server.succeed("echo x >/root/trace")


def test_finds_neither(box: NspawnMachine, server: QemuMachine) -> None:
    box.succeed(NOTHING)
    server.succeed("test ! -e /root/trace")
