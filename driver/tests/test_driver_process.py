"""The whole driver, as a process: what users see, and how it ends."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from .conftest import DriverProcess
from .test_process import wait_for_death


def cases(driver: DriverProcess) -> dict[str, str | None]:
    """Return the cases of the report and the message of their failures."""
    root = ElementTree.parse(driver.output / "junit.xml").getroot()
    found = {}
    for case in root.iter("testcase"):
        failure = case.find("failure")
        found[case.attrib["name"]] = None if failure is None else failure.attrib["message"]
    return found


def leftovers(driver: DriverProcess) -> list[Path]:
    """Return what the driver left in its temporary folder."""
    return list(driver.temporary.iterdir())


def test_a_test_that_passes_leaves_logs_report_and_nothing_else(
    driver_process: DriverProcess,
) -> None:
    result = driver_process.run(
        "start_all()\n"
        "with subtest('talking'):\n"
        "    assert machine1.succeed('echo hi') == 'hi\\n'\n"
        "two_2.succeed('true')\n"
        "assert [m.name for m in machines] == ['machine1', 'two-2']\n"
        "t.assertEqual(vlan1, vlans[0])\n"
        "machine1.log('a line')\n"
        "with machine1.nested('a step'):\n"
        "    log.info('inside')\n"
        "retry(lambda last: True)\n"
        "machine1.shutdown()\n"
        "two_2.execute('sleep 0.5; poweroff', check_output=False)\n"
        "join_all()\n",
        "--verbose",
    )
    assert result.returncode == 0, result.stderr
    lines = result.stderr.splitlines()
    assert "acceleration: emulation (TCG), because the policy is `never` to use KVM" in lines
    assert "machine1 # Booting colourfully" in lines
    assert "machine1: a line" in lines
    assert "machine1: must succeed: echo hi" in lines
    assert re.search(r"^\(finished: talking, in \d+\.\d\d seconds\)$", result.stderr, re.M)
    assert re.fullmatch(r"test unit passed, in \d+\.\d\d seconds", lines[-1])
    assert "\x1b" not in result.stderr
    assert result.stdout == ""
    log = (driver_process.output / "log.txt").read_text()
    assert log.replace("machine1: stdout: hi\n", "") == result.stderr
    assert "machine1: stdout: hi\n" in log
    assert b"\x1b[1mcolourfully" in (driver_process.output / "console/machine1.log").read_bytes()
    assert cases(driver_process) == {"talking": None, "main": None}
    assert leftovers(driver_process) == []


def test_a_failing_script_shows_its_own_lines_only(driver_process: DriverProcess) -> None:
    result = driver_process.run(
        "def check():\n"
        "    machine1.succeed('echo why >&2; false')\n"
        "with subtest('breaking'):\n"
        "    check()\n"
    )
    path = driver_process.document["test_script"]
    assert result.returncode == 1
    message = (
        "the test script failed:\n"
        f'  File "{path}", line 4, in <module>\n    check()\n'
        f"  File \"{path}\", line 2, in check\n    machine1.succeed('echo why >&2; false')\n"
        "CommandFailed: machine1: command `echo why >&2; false` failed (exit status 1)\n"
        "  stderr:\n    why\n"
    )
    assert message in result.stderr
    assert result.stderr.splitlines()[-1].startswith("test unit failed, in ")
    headline = "CommandFailed: machine1: command `echo why >&2; false` failed (exit status 1)"
    assert cases(driver_process) == {"breaking": headline, "main": headline}


def test_an_assertion_of_the_script_fails_the_test(driver_process: DriverProcess) -> None:
    result = driver_process.run("t.assertIn(1, [2])\n")
    assert result.returncode == 1
    assert "AssertionFailed: 1 not found in [2]" in result.stderr


def test_an_error_in_the_log_of_the_script_fails_the_test(driver_process: DriverProcess) -> None:
    result = driver_process.run("log.warning('soon')\nlog.debug('x')\nlog.error('it is bad')\n")
    assert result.returncode == 1
    assert "AssertionFailed: it is bad" in result.stderr
    assert "soon\n" in result.stderr


def test_any_other_exception_fails_the_test_with_its_cause(driver_process: DriverProcess) -> None:
    result = driver_process.run(
        "import json\n"
        "try:\n"
        "    json.loads('{')\n"
        "except ValueError as error:\n"
        "    raise RuntimeError('no good') from error\n"
    )
    assert result.returncode == 1
    path = driver_process.document["test_script"]
    assert re.search(
        f'  File "{path}", line 3, in <module>\n    json.loads\\(.*\\)\n'
        "json.decoder.JSONDecodeError: .*\n"
        "The above exception was the direct cause of the following exception:\n"
        f'  File "{path}", line 5, in <module>\n    raise RuntimeError.*\n'
        "RuntimeError: no good\n",
        result.stderr,
    )
    (headline,) = set(cases(driver_process).values())
    assert headline is not None
    assert headline.startswith("JSONDecodeError: ")


def test_a_script_that_exits_with_0_passes_and_that_is_noted(driver_process: DriverProcess) -> None:
    result = driver_process.run("import sys\nwith subtest('last'):\n    sys.exit(0)\n1 / 0\n")
    assert result.returncode == 0
    assert "the test script called sys.exit(0)\n" in result.stderr
    assert cases(driver_process) == {"last": None, "main": None}


@pytest.mark.parametrize("value", ["3", "'no disk'", "True", "-1", "256", "[]"])
def test_a_script_that_exits_with_anything_else_fails(
    driver_process: DriverProcess, value: str
) -> None:
    result = driver_process.run(f"import sys; sys.exit({value})\n")
    assert result.returncode == 1
    assert f"SystemExit: the script called sys.exit({value})\n" in result.stderr


def test_a_syntax_error_is_told_before_any_machine_starts(driver_process: DriverProcess) -> None:
    result = driver_process.run("start_all()\nif True\n    pass\n")
    assert result.returncode == 1
    path = driver_process.document["test_script"]
    expected = (
        "the test script has a syntax error:\n"
        f"{path}, line 2: expected ':'\n    if True\nno machine was started\n"
    )
    assert expected in result.stderr
    assert "starting" not in result.stderr
    assert cases(driver_process)["main"] is not None


def test_a_script_that_is_missing_is_a_wrong_configuration(driver_process: DriverProcess) -> None:
    result = driver_process.run("", "--test-script", "/no/such.py")
    assert result.returncode == 2
    assert "/no/such.py: cannot read the test script: " in result.stderr


def test_another_script_can_be_given(driver_process: DriverProcess, tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text("log.log('the other one')\n")
    result = driver_process.run("1/0", "--test-script", str(tmp_path / "other.py"))
    assert result.returncode == 0
    assert "the other one\n" in result.stderr


def test_a_wrong_configuration_ends_with_2_and_names_the_place(
    driver_process: DriverProcess,
) -> None:
    driver_process.document["machines"]["machine1"] = {"start_command": None}
    result = driver_process.run("")
    assert result.returncode == 2
    assert "machines.machine1.start_command: expected a list of strings, got null" in result.stderr


def test_an_output_folder_that_cannot_be_used_is_told(driver_process: DriverProcess) -> None:
    driver_process.output.write_text("a file")
    result = driver_process.run("")
    assert result.returncode == 2
    assert f"{driver_process.output}: cannot be used as the output folder: " in result.stderr


def test_the_configuration_is_required(driver_process: DriverProcess) -> None:
    command = driver_process.command("")[:3]
    result = subprocess.run(
        command, env=driver_process.environment(), capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "the following arguments are required: -c/--config" in result.stderr


def test_a_machine_that_cannot_start_is_a_error_of_the_host(driver_process: DriverProcess) -> None:
    for machine in driver_process.document["machines"].values():
        machine["start_command"] = [*machine["start_command"], "--break"]
    result = driver_process.run("start_all()\n")
    assert result.returncode == 3
    assert "machine1: cannot start: QEMU exited (exit status 1)" in result.stderr
    assert "two-2: cannot start: QEMU exited (exit status 1)" in result.stderr
    assert "test unit ended with an error of the host, in" in result.stderr


def test_a_switch_that_cannot_start_is_a_error_of_the_host(driver_process: DriverProcess) -> None:
    driver_process.document["vde_switch"] = "/no/such"
    result = driver_process.run("")
    assert result.returncode == 3
    assert "cannot start the switch of network 1: " in result.stderr


def test_kvm_that_is_required_and_missing_is_a_error_of_the_host(
    driver_process: DriverProcess,
) -> None:
    driver_process.document["acceleration"] = {
        "policy": "require",
        "kernel": "/no/kernel",
        "qemu": "/bin/false",
    }
    result = driver_process.run("start_all()\n")
    assert result.returncode == 3
    assert "this test requires KVM, but " in result.stderr


def test_a_switch_that_dies_ends_the_test(driver_process: DriverProcess) -> None:
    result = driver_process.run(
        "import signal\n"
        "machine1.succeed('true')\n"
        "os.kill(vlan1._process.pid, signal.SIGKILL)\n"
        "machine1.succeed('sleep 30')\n"
    )
    assert result.returncode == 3
    assert "SwitchFailed: the switch of network 1 stopped (killed by SIGKILL)" in result.stderr


def test_a_qemu_that_dies_is_a_error_of_the_host_and_a_guest_that_does_is_not(
    driver_process: DriverProcess,
) -> None:
    kill = "machine1.succeed('true'); pid = machine1.qemu.process.pid\n"
    result = driver_process.run(kill + "machine1.succeed(f'kill -KILL {pid}; sleep 30')\n")
    assert result.returncode == 3
    assert "QEMU has exited (killed by SIGKILL)" in result.stderr
    result = driver_process.run("machine1.succeed('poweroff')\nmachine1.succeed('sleep 30')\n")
    assert result.returncode == 1
    result = driver_process.run(kill + "machine1.succeed(f'kill -USR1 {pid}; sleep 30')\n")
    assert result.returncode == 1
    assert "the kernel of the guest panicked" in result.stderr


def test_the_time_limit_names_the_step_cleans_up_and_reports(
    driver_process: DriverProcess,
) -> None:
    driver_process.document["global_timeout_seconds"] = 3
    started = time.monotonic()
    result = driver_process.run(
        "with subtest('waiting'):\n    machine1.succeed('sleep 60', timeout=None)\n"
    )
    assert time.monotonic() - started < 40
    assert result.returncode == 4
    expected = (
        "GlobalTimeout: the test did not end within 3 s, in the step: run the test script > "
        "waiting > machine1: must succeed: sleep 60"
    )
    assert expected in result.stderr
    assert "test unit timed out, in " in result.stderr.splitlines()[-1]
    assert cases(driver_process)["main"] == expected
    assert leftovers(driver_process) == []


def test_the_time_limit_cannot_be_swallowed(driver_process: DriverProcess) -> None:
    driver_process.document["global_timeout_seconds"] = 1
    result = driver_process.run(
        "import time\ntry:\n    time.sleep(60)\nexcept:\n    log.log('swallowed')\ntime.sleep(60)\n"
    )
    assert "swallowed\n" in result.stderr
    assert result.returncode == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_cleans_up_and_reports(driver_process: DriverProcess, number: int) -> None:
    script = "machine1.succeed('true')\nmachine1.succeed('sleep 60')\n"
    driver = driver_process.spawn(script)
    assert driver.stdout is not None
    pid = 0
    for line in driver.stdout:
        if found := re.search(r"QEMU runs \(process (\d+)\)", line):
            pid = int(found.group(1))
        if "must succeed: sleep 60" in line:
            driver.send_signal(number)
            break
    rest = driver.communicate(timeout=20)[0]
    assert driver.returncode == 128 + number
    assert f"Interrupted: interrupted by {signal.Signals(number).name}, in the step: " in rest
    assert rest.splitlines()[-1].startswith("test unit was interrupted, in ")
    assert cases(driver_process)["main"] is not None
    wait_for_death(pid)
    assert leftovers(driver_process) == []


def test_nothing_survives_a_driver_that_is_killed(driver_process: DriverProcess) -> None:
    driver = driver_process.spawn("machine1.start()\nlog.log('now')\nimport time; time.sleep(60)\n")
    assert driver.stdout is not None
    pid = 0
    for line in driver.stdout:
        if found := re.search(r"QEMU runs \(process (\d+)\)", line):
            pid = int(found.group(1))
        if line == "now\n":
            break
    assert pid
    driver.kill()
    driver.communicate(timeout=20)
    wait_for_death(pid)


def test_a_thread_that_the_script_left_behind_does_not_keep_the_driver_alive(
    driver_process: DriverProcess,
) -> None:
    result = driver_process.run(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(300,)).start()\n"
    )
    assert result.returncode == 0


def test_the_log_level_hides_what_is_less_but_not_the_steps(driver_process: DriverProcess) -> None:
    script = "log.info('less')\nlog.warning('more')\nlog.log('always')\n"
    result = driver_process.run(script, "--log-level", "warning")
    assert "less" not in result.stderr
    assert {"more", "always"} <= set(result.stderr.splitlines())


def test_the_report_can_go_elsewhere(driver_process: DriverProcess) -> None:
    driver_process.run("", "--junit-xml", "other.xml")
    assert (driver_process.output / "other.xml").exists()
    assert not (driver_process.output / "junit.xml").exists()


def test_a_report_that_cannot_be_written_is_told(driver_process: DriverProcess) -> None:
    result = driver_process.run("", "--junit-xml", "no/such/folder.xml")
    assert "cannot write the report: " in result.stderr


def test_kept_state_lies_where_the_next_run_finds_it(driver_process: DriverProcess) -> None:
    result = driver_process.run("machine1.succeed('true')\n", "-K")
    assert result.returncode == 0, result.stderr
    folder = driver_process.temporary / "vm-state-machine1"
    assert folder.is_dir()
    result = driver_process.run("machine1.succeed('true')\n", "--keep-vm-state")
    assert result.returncode == 0
    assert folder.is_dir()


def test_two_drivers_do_not_share_kept_state(driver_process: DriverProcess) -> None:
    first = driver_process.spawn("log.log('now')\nimport time; time.sleep(60)\n", "-K")
    assert first.stdout is not None
    assert any(line == "now\n" for line in first.stdout)
    second = driver_process.run("", "-K")
    first.terminate()
    first.communicate(timeout=20)
    assert second.returncode == 3
    assert "vm-state-machine1 is in use by another driver; stop that one" in second.stderr


def test_the_prompt_runs_nothing_by_itself(driver_process: DriverProcess) -> None:
    driver = driver_process.spawn("log.log('the script ran')\n", "--interactive")
    assert driver.stdout is not None
    typed = "print('up:', machine1.is_up())\ntest_script()\n"
    output = driver.communicate(typed, timeout=30)[0]
    assert driver.returncode == 0, output
    assert "No machine was started yet." in output
    assert "up: False" in output
    assert "the script ran" in output
    assert "test unit passed" not in output  # the verdict of a test that was run to be judged


def test_the_configuration_is_not_changed_by_a_run(driver_process: DriverProcess) -> None:
    driver_process.run("")
    text = (driver_process.folder / "config.json").read_text()
    assert json.loads(text) == driver_process.document
