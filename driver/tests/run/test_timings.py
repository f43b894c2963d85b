"""Where the time of a test goes."""

import inspect
import json
import re
import threading

import pytest

from test_driver.machine import QemuMachine
from test_driver.machine.commands import CommandMethods
from test_driver.run.timings import Phase, TimeSpent, Timings, Wait

from ..conftest import DriverProcess


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timings(clock: Clock) -> Timings:
    return Timings(clock)


def nonzero(timings: Timings) -> dict[Phase, float]:
    return {kind: seconds for kind, seconds in timings.result().seconds.items() if seconds}


def test_what_is_inside_a_method_counts_as_the_method_but_booting_is_booting(
    timings: Timings, clock: Clock
) -> None:
    clock.now += 1
    with timings.script():
        clock.now += 2
        with timings.spend(Phase.WAIT, lambda: "outer"):
            clock.now += 4
            with timings.spend(Phase.BOOT):
                clock.now += 8
                with timings.spend(Phase.BOOT):
                    clock.now += 16
                with timings.spend(Phase.COMMAND):
                    clock.now += 32
            with timings.spend(Phase.COMMAND), timings.spend(Phase.WAIT, lambda: "inner"):
                clock.now += 64
        with timings.spend(Phase.COMMAND):
            clock.now += 128
    clock.now += 256
    assert nonzero(timings) == {
        Phase.START: 1,
        Phase.SCRIPT: 2,
        Phase.WAIT: 4 + 64,
        Phase.BOOT: 8 + 16 + 32,
        Phase.COMMAND: 128,
        Phase.CLEAN_UP: 256,
    }
    assert timings.result().longest_waits == [Wait(seconds=68, name="outer")]


def test_an_error_does_not_lose_time(timings: Timings, clock: Clock) -> None:
    def work() -> None:
        with timings.script(), timings.spend(Phase.WAIT, lambda: "it"):
            clock.now += 3
            raise ValueError("why")

    with pytest.raises(ValueError, match="why"):
        work()
    assert nonzero(timings) == {Phase.WAIT: 3}


def test_what_other_threads_do_is_beside_the_account_but_their_waits_are_told(
    timings: Timings, clock: Clock
) -> None:
    def beside() -> None:
        with timings.spend(Phase.WAIT, lambda: "beside"):
            clock.now += 5

    with timings.script():
        thread = threading.Thread(target=beside)
        thread.start()
        thread.join()
        for number in (1, 4, 2, 3):
            with timings.spend(Phase.WAIT, lambda: str(number)):  # noqa: B023 - called at once
                clock.now += number
    assert nonzero(timings) == {Phase.SCRIPT: 5, Phase.WAIT: 10}
    waits = [(wait.name, wait.seconds) for wait in timings.result().longest_waits]
    assert waits == [("beside", 5), ("4", 4), ("3", 3)]


def test_a_script_that_never_ran_has_but_a_start(timings: Timings, clock: Clock) -> None:
    clock.now += 2
    assert nonzero(timings) == {Phase.START: 2}


def test_the_block_for_the_log() -> None:
    spent = TimeSpent(
        seconds={Phase.BOOT: 15.0, Phase.COMMAND: 0.001, Phase.CLEAN_UP: 4.999},
        longest_waits=[Wait(seconds=3, name="a.wait_for_file('/x')")],
    )
    assert spent.describe() == (
        "where 20.00 seconds went:\n"
        "    15.00 s  75%  boot\n"
        "     5.00 s  25%  clean-up\n"
        "the longest waits:\n"
        "     3.00 s  a.wait_for_file('/x')"
    )


def test_a_method_keeps_its_signature_and_its_manual() -> None:
    written = CommandMethods.succeed.__wrapped__  # type: ignore[attr-defined]
    assert inspect.signature(QemuMachine.succeed) == inspect.signature(written)
    assert QemuMachine.succeed.__doc__ == written.__doc__


def test_a_run_tells_where_its_time_went(driver_process: DriverProcess) -> None:
    folder = driver_process.folder
    late = folder / "late"
    result = driver_process.run(
        "import time\n"
        f"machine1.execute('(sleep 0.6; touch {late}) >/dev/null 2>&1 &')\n"
        f"machine1.wait_for_file('{late}', timeout=20)\n"
        "two_2.succeed('sleep 0.4')\n"
        "time.sleep(0.3)\n"
        f"two_2.copy_from_host('{folder}/script.py', '{folder}/copy')\n"
        "calls = []\n"
        "def third_time(last):\n"
        "    calls.append(last)\n"
        "    return len(calls) > 2\n"
        "retry(third_time)\n"
        "machine1.crash()\n"
    )
    assert result.returncode == 0, result.stderr
    *_, spent, verdict = (
        json.loads(line)
        for line in (driver_process.output / "events.jsonl").read_text().splitlines()
        if '"log"' not in line
    )
    assert (spent["kind"], verdict["kind"]) == ("time-spent", "verdict")
    seconds = spent["seconds"]
    assert sum(seconds.values()) == pytest.approx(verdict["seconds"], abs=1)
    assert seconds["wait"] >= 0.2
    assert seconds["command"] >= 0.4
    assert seconds["script"] >= 0.3
    assert 0 < seconds["transfer"]
    assert 0 < seconds["boot"]
    assert 0 < seconds["clean_up"]
    names = [wait["name"] for wait in spent["longest_waits"]]
    assert names[0].startswith(f"machine1.wait_for_file('{late}'"[:77])
    assert "retry(third_time)" in names
    assert "\nthe longest waits:\n" in result.stderr
    assert re.search(r"^where \d+\.\d\d seconds went:$", result.stderr, re.MULTILINE)
