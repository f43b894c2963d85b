"""The program of a container's network cards, as the driver sees it: its end, and no answer."""

import os
import signal
import time

import pytest

from test_driver.backend.nspawn import boot_cards
from test_driver.errors import CardsFailed, NetworkFaultRefused
from test_driver.machine import NspawnMachine
from test_driver.network import control
from test_driver.process_state import child_processes

from ..support.network_stage import Stage, hear_nothing, three
from ..support.relay_bench import frame


def cards_process(machine: NspawnMachine) -> int:
    """Return the process of a container's cards."""
    assert machine.backend is not None
    return child_processes(machine.backend.process.pid)[0]


def test_the_end_of_the_program_of_its_cards_ends_calls(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boot_cards, "ENDING_SECONDS", 0.2)
    a = stage.container("a", 1)
    a.succeed("true")
    os.kill(cards_process(a), signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(CardsFailed, match="a: the program of its network cards has hung up; what"):
        a.succeed("sleep 60")
    assert time.monotonic() - started < 30
    a.crash()
    a.succeed("true")


def test_faults_of_others_go_on_when_the_program_of_its_cards_has_ended(stage: Stage) -> None:
    (a, b, c), (_, in_b, in_c) = three(stage)
    os.kill(cards_process(a), signal.SIGKILL)
    assert a.backend is not None
    deadline = time.monotonic() + 20
    while a.backend.cards is not None and time.monotonic() < deadline:
        time.sleep(0.01)
    refused = "a: the program of its network cards has ended"
    with pytest.raises(NetworkFaultRefused, match=refused):
        stage.network.link(a, b)
    with stage.network.link(b, c).cut():
        in_b.send(frame("b", 1))
        hear_nothing(in_c)


def test_a_program_that_does_not_answer_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "ANSWER_SECONDS", 0.3)
    a, b = stage.container("a", 1), stage.container("b", 1)
    a.succeed("true")
    os.kill(cards_process(a), signal.SIGSTOP)
    with pytest.raises(CardsFailed, match=r"a: the program .* did not answer within 0\.3 s; what"):
        stage.network.partition([a], [b])
    assert stage.plan() == {}
    os.kill(cards_process(a), signal.SIGCONT)
