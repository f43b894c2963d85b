"""The option `compatibility`: each difference between this driver's and nixpkgs' meaning."""

import json
import math
import sys
import time
from collections.abc import Callable

import pytest

from test_driver.compatibility import NIXPKGS, POLICIES, REHEARSE, Policy
from test_driver.configuration import check_configuration
from test_driver.deadline import Deadline
from test_driver.errors import CommandFailed, ConfigurationError, MonitorError, WaitTimedOut
from test_driver.machine import QemuMachine

from .conftest import Document, DriverProcess
from .machine.test_monitor import CARDS

nixpkgs = pytest.mark.parametrize("compatibility", [NIXPKGS], ids=["nixpkgs"])


def each(name: str, rehearse: object, nixpkgs: object) -> pytest.MarkDecorator:
    """Run a test with each policy, and the value that it has with that policy."""
    values = [(REHEARSE, rehearse), (NIXPKGS, nixpkgs)]
    return pytest.mark.parametrize(("compatibility", name), values, ids=["rehearse", "nixpkgs"])


def test_the_policies_differ_in_each_field() -> None:
    for name in REHEARSE.__slots__:
        assert getattr(REHEARSE, name) != getattr(NIXPKGS, name), name


@pytest.mark.parametrize("policy", POLICIES)
def test_the_document_chooses_the_policy(policy: Policy, document: Document) -> None:
    assert check_configuration(document, where="x").compatibility == "rehearse"
    document["compatibility"] = policy
    assert check_configuration(document, where="x").compatibility == policy


@pytest.mark.parametrize("wrong", ["nixos", "", None, 3, ["nixpkgs"]], ids=repr)
def test_an_unknown_policy_is_refused_with_those_that_there_are(
    wrong: object, document: Document
) -> None:
    document["compatibility"] = wrong
    expected = 'x: compatibility: expected "rehearse" or "nixpkgs", got '
    with pytest.raises(ConfigurationError, match=expected):
        check_configuration(document, where="x")


# The second part: a condition and a `retry` that would be cut short, or end with the error.
SCRIPT = """
assert machine1.default_timeout == LIMIT
assert create_machine("true", name="made").default_timeout == LIMIT
machine1.connect()
tries = []

@polling_condition
def condition():
    tries.append(1)
    return [True][2 - len(tries)]

def slow(last):
    return machine1.execute("sleep 0.8")[0] == 0

condition.wait(timeout=20)
retry(slow, timeout=0.3)
"""


@pytest.mark.parametrize(("policy", "status"), [("rehearse", 1), ("nixpkgs", 0)])
def test_a_script_has_the_policy_of_its_test(
    policy: str, status: int, driver_process: DriverProcess
) -> None:
    driver_process.document["compatibility"] = policy
    limit = "900" if status else "None"
    done = driver_process.run(SCRIPT.replace("LIMIT", limit))
    assert done.returncode == status, done.stderr
    assert ("IndexError" in done.stderr) == bool(status)


def limits_of(machine: QemuMachine, monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Return the time limits of methods that are given none, in seconds."""
    machine.connect()
    seen: list[float] = []
    of_method = Deadline.of_method

    def note(duration: float | None, name: str = "timeout") -> Deadline:
        deadline = of_method(duration, name)
        seen.append(deadline.seconds)
        return deadline

    monkeypatch.setattr(Deadline, "of_method", note)
    calls: dict[str, Callable[[], object]] = {
        "succeed": lambda: machine.succeed("true"),
        "fail": lambda: machine.fail("false"),
        "execute": lambda: machine.execute("true"),
        "started": lambda: machine.execute("true", check_output=False),
        "console": lambda: machine.wait_for_console_text("login"),
        "shutdown": machine.shutdown,
    }
    limits = {}
    for name, call in calls.items():
        seen.clear()
        call()
        limits[name] = seen[-1]
    return limits


@each(
    "limits",
    {"succeed": 900, "fail": 900, "execute": 900, "console": 900, "shutdown": 300},
    {"execute": 900},
)
def test_time_limits_by_default(
    limits: dict[str, float], machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = limits_of(machine, monkeypatch)
    assert found.pop("started") == limits["execute"]
    assert {name: seconds for name, seconds in found.items() if seconds < math.inf} == limits


@nixpkgs
def test_a_default_of_the_script_is_also_that_of_execute(machine: QemuMachine) -> None:
    machine.connect()
    machine.default_timeout = 0.3
    assert machine.execute("sleep 100") == (124, "")
    with pytest.raises(CommandFailed, match=r"did not end within 0\.3 s"):
        machine.succeed("sleep 100")


@nixpkgs
def test_methods_without_limit_take_one_from_the_script(machine: QemuMachine) -> None:
    machine.start()
    with pytest.raises(WaitTimedOut, match=r"timed out after 0\.2 s"):
        machine.wait_for_console_text("nonsense", timeout=0.2)
    with pytest.raises(TypeError, match="timeout: expected a duration"):
        machine.wait_for_console_text("login", timeout="soon")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="timeout: expected a duration"):
        machine.shutdown(timeout="soon")  # type: ignore[arg-type]


@each("size", 16 * 1024 * 1024 + len("\n[3222784 bytes left out]\n"), 20_000_000)
def test_a_long_output(size: int, machine: QemuMachine) -> None:
    assert len(machine.succeed("head -c 20000000 /dev/zero | tr '\\0' x")) == size
    assert (machine.output_limit == sys.maxsize) == (size == 20_000_000)


@each("written", "early\n", "early\nlate\n")
@pytest.mark.parametrize(
    "command",
    [
        "{ sleep 1; echo late; } & echo early",
        "(sleep 1; echo late) & disown; echo early",
        "setsid bash -c 'sleep 1; echo late' & echo early; exit 0",
        "echo early; exec bash -c '(sleep 1; echo late) & exit 0'",
        "bash -c '(trap \"\" HUP; sleep 1; echo late) &'; echo early # done",
    ],
)
def test_output_of_background_processes(written: str, command: str, machine: QemuMachine) -> None:
    machine.connect()
    assert machine.succeed(command) == written
    assert machine.execute(command) == (0, written)
    assert machine.wait_until_succeeds(command) == written


@nixpkgs
@pytest.mark.parametrize("where", [">&2", ">/dev/null", ">&-"])
def test_a_background_process_without_stdout_is_not_waited_for(
    where: str, machine: QemuMachine
) -> None:
    machine.connect()
    began = time.monotonic()
    assert machine.succeed(f"sleep 30 {where} & echo done") == "done\n"
    assert time.monotonic() - began < 20


@nixpkgs
@pytest.mark.parametrize(
    ("command", "status", "written"),
    [
        ("exit 3", 3, ""),
        ("echo a; false; echo b", 1, "a\n"),
        ("false | true", 1, ""),
        ("echo $UNSET", 1, ""),
        ("echo 'it'\\''s'; echo \"$((1+1))\"", 0, "it's\n2\n"),
        ("cat <<EOF\nhere\nEOF", 0, "here\n"),
        ("printf '\\377' | od -An -tx1", 0, " ff\n"),
        ("echo a # no end of line", 0, "a\n"),
        ("kill -KILL $BASHPID", 137, ""),
        ("if", 2, ""),
        ("true) ; (exit 4", 2, ""),
    ],
)
def test_a_command_that_is_waited_for_ends_as_any_other(
    command: str, status: int, written: str, machine: QemuMachine
) -> None:
    found, output = machine.execute(command)
    assert output == written
    assert found == status or (status == 1 and found != 0)


@nixpkgs
def test_a_time_limit_ends_the_wait_for_background_output(machine: QemuMachine) -> None:
    machine.connect()
    assert machine.execute("sleep 100 & echo out", timeout=0.5) == (124, "out\n")


@each("name", "exit status", "exit code")
def test_the_error_of_a_command_names_its_status_as_the_policy_does(
    machine: QemuMachine, name: str
) -> None:
    for command, status in (("exit 42", 42), ("kill -TERM $$", 143), ("nothing-like-it", 127)):
        with pytest.raises(CommandFailed, match=rf"command `.*` failed \({name} {status}\)"):
            machine.succeed(command)
        with pytest.raises(CommandFailed, match=rf"failed \({name} {status}\)"):
            machine.run(command, check=True)
    with pytest.raises(CommandFailed, match="command `true` unexpectedly succeeded"):
        machine.fail("true")


@pytest.mark.parametrize(("policy", "status"), [("rehearse", 4), ("nixpkgs", 143)])
def test_the_end_of_the_time_of_a_test_is_told_as_the_policy_does(
    policy: str, status: int, driver_process: DriverProcess
) -> None:
    driver_process.document.update(compatibility=policy, global_timeout_seconds=2)
    done = driver_process.run("machine1.succeed('sleep 600')")
    assert done.returncode == status, done.stderr
    assert "the test did not end within 2 s" in done.stderr
    assert ("timeout reached; test terminating" in done.stderr) == (policy == "nixpkgs")


@nixpkgs
def test_an_error_shows_the_command_of_the_script(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(CommandFailed, match=r"command `exit 3` failed \(exit code 3\)"):
        machine.succeed("exit 3")
    with pytest.raises(WaitTimedOut, match="waiting for command `exit 4` to succeed"):
        machine.wait_until_succeeds("exit 4", timeout=0.2)
    assert "eval" not in caplog.text


@each("is_error", True, False)
def test_what_the_monitor_refuses(
    is_error: bool, machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    said = "unknown command: 'nonsense'"
    if is_error:
        with pytest.raises(MonitorError, match=said):
            machine.send_monitor_command("nonsense")
    else:
        assert machine.send_monitor_command("nonsense") == f"{said}\n"
        assert f"the monitor refused `nonsense`: {said}" in caplog.text


@each("up", True, False)
def test_a_machine_that_boots_is_up(up: bool, machine: QemuMachine) -> None:
    assert not machine.is_up()
    machine.start()
    assert machine.is_up() == up
    machine.connect()
    assert machine.is_up()
    machine.crash()
    assert not machine.is_up()


@each("cut", ["virtio-net-pci.1", "x"], ["virtio-net-pci.1"])
def test_block_unplugs_cards(cut: list[str], machine: QemuMachine) -> None:
    machine.start()
    (machine.state_dir / "cards").write_text(CARDS)
    machine.block()
    machine.unblock()
    links = (machine.state_dir / "links").read_text().splitlines()
    names = [json.loads(line)["name"] for line in links]
    assert names == cut * 2
