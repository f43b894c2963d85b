"""What a machine is to do when its state was loaded."""

import shlex
import time
from ipaddress import IPv4Interface, IPv6Interface

from test_driver.configuration import Identity, WarmInterface
from test_driver.guest.identity_steps import identity_command


def steps(identity: Identity) -> list[list[str]]:
    """Return the fields of the steps that a machine is told."""
    program, text = shlex.split(identity_command(identity))
    assert program == "channel_identity"
    return [step.removesuffix("\x1f").split("\x1f") for step in text.split("\x1e")]


def test_the_clock_is_all_that_a_machine_needs_that_is_itself_again() -> None:
    (clock,) = steps(Identity())
    assert clock[0] == "clock"
    assert abs(int(clock[1]) + int(clock[2]) / 1e9 - time.time()) < 10


def test_addresses_and_files_come_before_the_clock() -> None:
    addresses = IPv4Interface("192.168.1.3/20"), IPv6Interface("2001:db8::3/64")
    own = WarmInterface(name="eth1", mac="52:54:00:12:01:03", addresses=addresses)
    kept = WarmInterface(name="eth0", mac=None, addresses=())
    *found, clock = steps(Identity(files={"/etc/motd": "it's\n"}, interfaces=(own, kept)))
    assert found == [
        ["link", "eth1", "525400120103"],
        ["address", "eth1", "20", "c0a80103", "c0a80fff"],
        ["address", "eth1", "64", "20010db8000000000000000000000003", ""],
        ["link", "eth0", ""],
        ["append", "/etc/motd", b"it's\n".hex()],
    ]
    assert clock[0] == "clock"
