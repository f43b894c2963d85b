"""With `keep`, a test finds all that the one before it has left, and the next one does not."""

import pytest
from conftest import Traces
from test_driver.machine import QemuMachine

KINDS = sorted(set(Traces.kinds) - {"off", "disk"})


def test_leaves_traces(traces: Traces) -> None:
    for kind in KINDS:
        traces.leave(kind)


@pytest.mark.keep
def test_sees_them(traces: Traces) -> None:
    assert sorted(traces.seen()) == KINDS


def test_sees_none(traces: Traces) -> None:
    assert traces.seen() == []


@pytest.fixture(scope="module")
def marked(server: QemuMachine) -> None:
    server.succeed("echo module >/root/marked")


def test_fixture_is_kept(server: QemuMachine, marked: None) -> None:
    assert server.succeed("cat /root/marked") == "module\n"
    server.succeed("echo changed >/root/marked")


def test_fixture_is_as_it_was(server: QemuMachine, marked: None) -> None:
    assert server.succeed("cat /root/marked") == "module\n"
