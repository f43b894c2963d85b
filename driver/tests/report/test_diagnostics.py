"""Evidence of a failure: whatever state the machines are in, it is there within the bound."""

import re
import signal
import time
from pathlib import Path

import pytest

from test_driver.report.guest_diagnostics import GUEST_DIAGNOSTICS

from ..conftest import DriverProcess
from ..faults.test_losses_of_all_kinds import fault

BOUND_SECONDS = 20.0
QUIET = "#!/bin/sh\necho quiet\n"


def fake_guest(programs: dict[str, str]) -> str:
    """Return the beginning of a script that gives the fake guests these programs.

    Those of this host would look at all there is on it, and be slow.
    """
    programs = {**dict.fromkeys(("find", "systemctl", "journalctl"), QUIET), **programs}
    lines = ["import pathlib, time"]
    for name, text in programs.items():
        lines += [
            "for m in machines:",
            "    m.start()",
            "    bin = pathlib.Path(m.state_dir, 'bin'); bin.mkdir(exist_ok=True)",
            f"    (bin / {name!r}).write_text({text!r}); (bin / {name!r}).chmod(0o755)",
        ]
    return "\n".join(lines) + "\n"


def killing(do: str) -> str:
    """Return the beginning of a script that does something to the process of machine1's QEMU."""
    up = "machine1.succeed('true'); two_2.succeed('true')\npid = machine1.qemu.process.pid\n"
    return f"{fake_guest({})}{up}{do}\n"


def evidence(driver: DriverProcess, machine: str) -> dict[str, str]:
    """Return the files of a machine's evidence."""
    folder = driver.output / "evidence" / machine
    return {path.name: path.read_text(errors="replace") for path in folder.iterdir()}


def test_a_guest_is_asked_for_all_there_is(driver_process: DriverProcess) -> None:
    systemctl = (
        "#!/bin/sh\ncase $* in\n"
        "  --failed*--no-legend*) echo 'web.service loaded failed failed' ;;\n"
        "  --failed*) echo 'UNIT web.service' ;;\n"
        '  status*) echo "status of $*" ;;\nesac\n'
    )
    script = fake_guest(
        {
            "systemctl": systemctl,
            "journalctl": '#!/bin/sh\necho "the journal: $*"\n',
            "dmesg": "#!/bin/sh\necho 'web[7]: segfault at 0'; echo 'nothing'\n",
        }
    )
    result = driver_process.run(f"{script}machine1.succeed('exit 3')\n")
    assert result.returncode == 1
    found = evidence(driver_process, "machine1")
    assert {one.file for one in GUEST_DIAGNOSTICS} < found.keys()
    assert found["journal.txt"].startswith("the journal: --boot --no-pager")
    assert (
        "status of status --no-pager --full --lines=50 -- web.service" in found["failed-units.txt"]
    )
    assert "web[7]: segfault at 0\n" in found["crashes.txt"]
    assert "nothing" not in found["crashes.txt"]
    machine = found["machine.txt"]
    assert machine.startswith("it runs, and its guest agent is connected\n")
    assert "it was at: run the test script > machine1: must succeed: exit 3" in machine
    assert re.search(r"command line of QEMU: \S*python\S* \S*fake_qemu.py", machine)
    assert "'status': 'running'" in machine
    # The other machine has its own, and was at nothing.
    other = evidence(driver_process, "two-2")
    assert other["journal.txt"].startswith("the journal: ")
    assert "it was at" not in other["machine.txt"]


def test_a_deaf_guest_is_given_up_and_the_host_tells_what_it_can(
    driver_process: DriverProcess,
) -> None:
    script = killing(f"os.kill(pid, {int(signal.SIGQUIT)})")
    script += "machine1.wait_for_console_text('deaf from now on')\nassert False\n"
    started = time.monotonic()
    result = driver_process.run(script)
    assert time.monotonic() - started < BOUND_SECONDS
    assert result.returncode == 1
    found = evidence(driver_process, "machine1")
    assert found.keys() == {"console.txt", "machine.txt", "screen.png"}
    assert "the guest was not asked: its agent did not answer within 5 s" in found["machine.txt"]
    assert "info registers:\nRIP=ffffffff81000000" in found["machine.txt"]
    assert "Booting colourfully" in found["console.txt"]
    assert "journal.txt" in evidence(driver_process, "two-2")


def test_a_guest_that_answers_too_slowly_does_not_delay_the_end(
    driver_process: DriverProcess,
) -> None:
    script = fake_guest({"journalctl": "#!/bin/sh\necho begun\nsleep 60\n"})
    script += "machine1.succeed('true')\ntwo_2.succeed('true')\nassert False\n"
    started = time.monotonic()
    driver_process.run(script)
    assert time.monotonic() - started < BOUND_SECONDS + 3
    found = evidence(driver_process, "machine1")
    # The others are there; of the slow one, what it had said by then.
    assert found["journal.txt"] == "begun\n\n[this is not all: it was cut off after 12 s]\n"
    assert {"crashes.txt", "disks.txt", "network.txt"} < found.keys()


@pytest.mark.parametrize(
    ("do", "status", "files", "says"),
    [
        pytest.param(
            f"os.kill(pid, {int(signal.SIGKILL)})",
            3,
            {"console.txt", "machine.txt"},
            "it is off: QEMU has ended (killed by SIGKILL)",
            id="killed",
        ),
        pytest.param(
            f"os.kill(pid, {int(signal.SIGUSR1)})",
            1,
            {"console.txt", "machine.txt", "screen.png"},
            "the guest was not asked: machine1: the kernel of the guest panicked",
            id="panic",
        ),
        pytest.param(
            f"os.kill(pid, {fault('bad disk')})",
            3,
            {"console.txt", "machine.txt", "screen.png"},
            "'status': 'io-error'",
            id="bad-disk",
        ),
        pytest.param(
            f"os.kill(pid, {fault('deaf monitor')})",
            3,
            {"console.txt", "machine.txt"},
            "no answer to screendump: ",
            id="deaf-monitor",
        ),
    ],
)
def test_a_machine_in_a_bad_state_leaves_what_the_host_has(
    driver_process: DriverProcess, do: str, status: int, files: set[str], says: str
) -> None:
    started = time.monotonic()
    result = driver_process.run(killing(do) + "machine1.succeed('sleep 60')\n")
    assert time.monotonic() - started < BOUND_SECONDS
    assert result.returncode == status, result.stderr
    found = evidence(driver_process, "machine1")
    assert found.keys() == files
    assert says in found["machine.txt"]


def test_who_interrupts_a_test_does_not_wait_for_guests(driver_process: DriverProcess) -> None:
    driver = driver_process.spawn("machine1.succeed('true')\nmachine1.succeed('sleep 60')\n")
    assert driver.stdout is not None
    assert any("must succeed: sleep 60" in line for line in driver.stdout)
    time.sleep(0.5)
    driver.terminate()
    started = time.monotonic()
    driver.communicate(timeout=20)
    assert time.monotonic() - started < 15
    found = evidence(driver_process, "machine1")
    assert "screen.png" in found
    assert "journal.txt" not in found
    assert "the guest was not asked: the driver was to end at once" in found["machine.txt"]


def test_a_test_that_passed_leaves_no_evidence(driver_process: DriverProcess) -> None:
    driver_process.run("machine1.succeed('true')\n")
    assert not Path(driver_process.output, "evidence").exists()


def test_a_script_cannot_write_over_the_evidence(driver_process: DriverProcess) -> None:
    (driver_process.folder / "forged").write_text("nothing to see")
    result = driver_process.run(
        f"machine1.copy_from_machine('{driver_process.folder}/forged', 'evidence/machine1')\n"
    )
    assert "evidence in the output folder is already taken by the driver" in result.stderr
