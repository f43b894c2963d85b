"""Drivers that wait for memory."""

import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from test_driver.admission.admission import Admission
from test_driver.admission.claim import Claim, Need
from test_driver.admission.host_memory import HostMemory
from test_driver.admission.ledger import Ledger, Others
from test_driver.admission.patience import Patience
from test_driver.admission.settings import AdmissionSettings
from test_driver.errors import AdmissionTimedOut, HostTooSmall
from test_driver.poll import AT_ONCE

from ..conftest import DriverProcess

QUICK = Patience(look=0.005, tell=3600, without_others=0.02, later=0.02)


class Host:
    """A host with as much memory as a test says."""

    def __init__(self, free: float = 10_000, total: float = 20_000) -> None:
        self.memory = HostMemory(total_mib=total, available_mib=free)

    def __call__(self) -> HostMemory:
        return self.memory


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    file = tmp_path / "ledger"
    file.write_text("")
    return file


def claim(mib: int, name: str = "a") -> Claim:
    return Claim(machines={name: Need(memory_mib=mib, cores=1)})


def admission(
    ledger: Path,
    host: Host,
    settings: AdmissionSettings | None = None,
    *,
    resident: Callable[[int], float] = lambda pid: 0,
) -> Admission:
    settings = settings or AdmissionSettings(token_socket=ledger.parent / "no socket")
    return Admission(settings, ledger, "t", patience=QUICK, host=host, resident=resident)


def seen_by_others(ledger: Path) -> Others:
    with Ledger(ledger) as other:
        return other.others()


def test_what_fits_starts_at_once_and_is_seen(ledger: Path) -> None:
    lines: list[str] = []
    with admission(ledger, Host()) as one:
        one.admit(claim(600), lines.append)
        one.admit(claim(600), lines.append)  # it is admitted already
        assert seen_by_others(ledger) == Others(count=1, claimed_mib=600, outstanding_mib=600)
    assert lines == []
    assert seen_by_others(ledger) == Others()


def test_what_machines_come_to_use_is_no_longer_outstanding(ledger: Path) -> None:
    used = {7: 0.0}
    with admission(ledger, Host(), resident=used.__getitem__) as one:
        one.admit(claim(600))
        one.admit(claim(400, "b"))
        for resident, outstanding in ((200, 800), (204, 800), (5000, 400), (0, 1000)):
            used[7] = resident
            one.look({"a": 7})
            assert seen_by_others(ledger).outstanding_mib == outstanding
        used[7] = 600
        one.look({})  # it is off, and may be started again
        assert seen_by_others(ledger) == Others(count=1, claimed_mib=1000, outstanding_mib=1000)


def test_one_waits_until_another_has_ended(ledger: Path) -> None:
    lines: list[str] = []
    host = Host(free=2000)  # 1000 are left to the host
    with admission(ledger, host) as first, admission(ledger, host) as second:
        first.admit(claim(700))
        waiting = threading.Thread(target=second.admit, args=(claim(400), lines.append))
        waiting.start()
        with Ledger(ledger) as looker:
            while looker.before() != 1:
                time.sleep(AT_ONCE.first)
            assert looker.others().count == 1
        first.__exit__(None, None, None)
        waiting.join()
        assert seen_by_others(ledger) == Others(count=1, claimed_mib=400, outstanding_mib=400)
        with Ledger(ledger) as looker:
            assert looker.before() == 0
    assert lines[0] == (
        "waiting for memory: needs 400 MiB, 300 MiB of 20000 MiB free; 1 other test of this host "
        "claims 700 MiB"
    )
    assert lines[1].startswith("waited for memory for ")
    assert len(lines) == 2


def test_one_waits_until_the_machines_of_another_have_booted(ledger: Path) -> None:
    lines: list[str] = []
    boots = Claim(machines={"a": Need(memory_mib=100, cores=2, boots=True)})
    settings = AdmissionSettings(token_socket=ledger.parent / "no socket")
    options: Any = {"patience": QUICK, "host": Host(), "resident": lambda pid: 0}
    options["most_booting"] = lambda: 3
    with (
        Admission(settings, ledger, **options) as first,
        Admission(settings, ledger, **options) as second,
        Admission(settings, ledger, **options) as third,
    ):
        first.admit(boots)
        assert seen_by_others(ledger).booting_cores == 2
        third.admit(claim(100))  # nothing of it boots
        waiting = threading.Thread(target=second.admit, args=(boots, lines.append))
        waiting.start()
        with Ledger(ledger) as looker:
            while looker.before() != 1:
                time.sleep(AT_ONCE.first)
        first.look({"a": 7}, ())
        assert seen_by_others(ledger).booting_cores == 2
        first.look({"a": 7}, ("a",))
        waiting.join()
        assert seen_by_others(ledger).booting_cores == 2
    assert lines[0].startswith("waiting for processors: machines with 2 are to boot")
    assert lines[1].startswith("waited for processors for ")


def test_who_boots_nothing_does_not_ask_how_many_may_boot(ledger: Path) -> None:
    def asked() -> int:
        raise AssertionError("this may try KVM, which takes long")

    settings = AdmissionSettings(token_socket=ledger.parent / "no socket")
    with Admission(settings, ledger, host=Host(), most_booting=asked) as admission:
        admission.admit(claim(100))
        assert seen_by_others(ledger).claimed_mib == 100


def test_further_machines_of_a_test_do_not_wait_for_boots(ledger: Path) -> None:
    boots = Need(memory_mib=100, cores=2, boots=True)
    with admission(ledger, Host()) as first, admission(ledger, Host()) as second:
        first.admit(Claim(machines={name: boots for name in "abcdefgh"}))
        second.admit(claim(100))
        second.admit(Claim(machines={"b": boots}))
        assert seen_by_others(ledger).booting_cores == 18


def test_what_never_fits_is_an_error_at_once(ledger: Path) -> None:
    with admission(ledger, Host()) as one:
        one.admit(claim(600))
        expected = (
            r"the machines may use 30600 MiB of memory \(a: 600 MiB, b: 30000 MiB\), and this "
            r"host has 20000 MiB: give the machines less memory, .*--admission=off"
        )
        with pytest.raises(HostTooSmall, match=expected):
            one.admit(claim(30_000, "b"))


def test_a_quota_is_named(ledger: Path) -> None:
    settings = AdmissionSettings(quota_mib=500, token_socket=ledger.parent / "none")
    with admission(ledger, Host(), settings) as one:
        with pytest.raises(HostTooSmall, match="`--host-memory` gives all tests 500 MiB"):
            one.admit(claim(501))
        one.admit(claim(500))


def test_memory_that_no_test_has_is_not_waited_for_without_an_end(ledger: Path) -> None:
    lines: list[str] = []
    with admission(ledger, Host(free=1100)) as one:
        one.admit(claim(600), lines.append)
    assert lines[0] == "waiting for memory: needs 600 MiB, 100 MiB of 20000 MiB free"
    assert lines[1].startswith("no longer waiting for memory: needs 600 MiB, 100 MiB of 20000 MiB")
    assert "no other test has it" in lines[1]


def test_more_for_a_driver_that_has_some_comes_first_and_ends(ledger: Path) -> None:
    host = Host(free=2000)
    with admission(ledger, host) as one, Ledger(ledger) as first_in_line, Ledger(ledger) as other:
        one.admit(claim(500))
        first_in_line.join_queue()
        one.admit(claim(100, "b"))  # nobody is before it
        other.claim(300)
        with pytest.raises(AdmissionTimedOut) as error:
            one.admit(claim(200, "c"))
        assert str(error.value).startswith(
            "timed out after 0 s waiting for memory for further machines of this test (c): needs "
            "200 MiB, 100 MiB of 20000 MiB free; 1 other test of this host claims 300 MiB; run "
        )
        assert seen_by_others(ledger).claimed_mib == 900


def test_nothing_is_waited_for_when_it_is_off(ledger: Path) -> None:
    settings = AdmissionSettings(waits=False)
    with admission(ledger, Host(free=0, total=10), settings) as one:
        one.admit(claim(600))
        assert seen_by_others(ledger) == Others()


def test_without_a_ledger_the_host_is_asked_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    lines: list[str] = []
    with caplog.at_level("WARNING"), admission(tmp_path / "none", Host(free=1100)) as one:
        one.admit(claim(50), lines.append)
        one.look({})
        assert lines == []
    assert "this test does not see what other tests on this host claim" in caplog.text
    assert "No such file or directory" in caplog.text


@pytest.fixture
def admitted(driver_process: DriverProcess, ledger: Path) -> DriverProcess:
    """A driver with one machine of 1 MiB, which claims 101 MiB."""
    driver_process.document["admission"] = {"ledger": str(ledger), "overhead_mib": 100}
    return driver_process


def test_a_wait_is_a_phase(admitted: DriverProcess, ledger: Path) -> None:
    quota = "--host-memory=400"
    with Ledger(ledger) as other:
        other.claim(300)
        driver = admitted.spawn("log.log('RUNS')", quota)
        with driver, Ledger(ledger) as looker:
            while looker.before() == 0:
                assert driver.poll() is None
                time.sleep(AT_ONCE.first)
            other.close()
            output, _ = driver.communicate(timeout=50)
    assert driver.returncode == 0, output
    assert "waiting for memory: needs " in output
    assert output.index("waited for memory for") < output.index("RUNS")
    lines = (admitted.output / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    (spent,) = (event["seconds"] for event in events if event["kind"] == "time-spent")
    assert spent["admission"] > 0
    assert "seconds: waiting for the host" in (admitted.output / "junit.xml").read_text()
    (step,) = (one for one in events if one["kind"] == "step-end" and one["phase"] == "admission")
    assert step["name"] == "wait for the host"


def test_a_signal_ends_a_wait_at_once(admitted: DriverProcess, ledger: Path) -> None:
    with Ledger(ledger) as other:
        other.claim(300)
        driver = admitted.spawn("log.log('RUNS')", "--host-memory=400")
        with driver, Ledger(ledger) as looker:
            while looker.before() == 0:
                assert driver.poll() is None
                time.sleep(AT_ONCE.first)
            driver.send_signal(signal.SIGTERM)
            output, _ = driver.communicate(timeout=50)
    assert driver.returncode == 128 + signal.SIGTERM, output
    assert "interrupted by SIGTERM, in the step: wait for the host" in output
    assert "RUNS" not in output


def test_a_test_that_is_too_large_for_its_host_is_an_error_of_the_host(
    admitted: DriverProcess,
) -> None:
    result = admitted.run("log.log('RUNS')", "--host-memory=50")
    assert result.returncode == 3, result.stderr
    assert "the machines may use " in result.stderr
    assert "RUNS" not in result.stderr


def test_a_quota_is_a_number(admitted: DriverProcess) -> None:
    result = admitted.run("", "--host-memory=0")
    assert result.returncode == 2
    assert "argument --host-memory: invalid _mebibytes value: '0'" in result.stderr
