"""The decorator that carries all facts about a method of a machine."""

import inspect

import pytest

from test_driver.errors import CheckpointError
from test_driver.machine import BaseMachine, MachineCore, QemuMachine
from test_driver.machine.kinds import KINDS
from test_driver.machine.method import method
from test_driver.public_names import Facts, Needs, facts_of, public, public_members
from test_driver.run.timings import Phase

from ..conftest import DriverProcess, MachineMaker
from .test_nspawn import FAKE


class GreetingMethods(MachineCore):
    """Methods of a machine: greetings."""

    @property
    @public
    def answer(self) -> str:
        """What it says."""
        return "hello"

    @method(phase=Phase.WAIT, needs=Needs.GUEST, title="greeting {name} {times} times")
    def greet(self, name: str, times: int = 2) -> str:
        """Greet somebody. The guest must be there."""
        assert self.instance.takes_commands
        assert self.context.steps.timings.phase() is Phase.WAIT
        return f"{self.answer} {name}" * times

    @method(phase=Phase.COMMAND, needs=Needs.MACHINE)
    def look(self) -> bool:
        """Look at the machine."""
        return self.instance.alive()

    def _secret(self) -> None:
        """Not for scripts."""


class Greeter(GreetingMethods, QemuMachine):
    """A machine that greets."""


@pytest.fixture
def greeter(make_machine: MachineMaker, monkeypatch: pytest.MonkeyPatch) -> Greeter:
    monkeypatch.setitem(KINDS, "greeter", Greeter)
    machine = make_machine("machine1", backend="greeter")
    assert isinstance(machine, Greeter)
    return machine


def test_what_a_method_needs_is_there_before_its_body(greeter: Greeter) -> None:
    assert not greeter.booted
    assert greeter.look()
    assert not greeter.connected
    assert greeter.greet("you", times=1) == "hello you"
    assert greeter.connected
    greeter.crash()
    assert greeter.greet("you") == "hello youhello you"


@pytest.mark.parametrize(
    ("arguments", "named", "title"),
    [
        (("a",), {}, "greeting a 2 times"),
        (("{b}", 1), {}, "greeting {b} 1 times"),
        ((), {"times": 3, "name": "c"}, "greeting c 3 times"),
    ],
)
def test_the_title_is_the_heading_of_the_step(
    greeter: Greeter,
    caplog: pytest.LogCaptureFixture,
    arguments: tuple[object, ...],
    named: dict[str, object],
    title: str,
) -> None:
    caplog.set_level("INFO")
    greeter.greet(*arguments, **named)  # type: ignore[arg-type]
    assert title in [record.getMessage() for record in caplog.records]


def test_the_time_counts_to_the_phase_and_a_wait_is_named(greeter: Greeter) -> None:
    timings = greeter.context.steps.timings
    greeter.greet("you")
    greeter.look()
    spent = timings.result()
    assert spent.seconds[Phase.BOOT] > 0
    assert spent.seconds[Phase.COMMAND] > 0
    assert [wait.name for wait in spent.longest_waits] == ["machine1.greet('you')"]


def test_a_wrong_call_is_refused_as_python_does(greeter: Greeter) -> None:
    with pytest.raises(
        TypeError, match=r"greet\(\) missing 1 required positional argument: 'name'"
    ):
        greeter.greet()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"greet\(\) got an unexpected keyword argument 'who'"):
        greeter.greet(who=1)  # type: ignore[call-arg]


def test_facts_stand_on_the_method() -> None:
    facts = Facts(phase=Phase.WAIT, needs=Needs.GUEST, title="greeting {name} {times} times")
    assert facts_of(Greeter.greet) == facts
    assert [name for name, _ in public_members(GreetingMethods)] == ["answer", "greet", "look"]
    assert inspect.getdoc(Greeter.greet) == "Greet somebody. The guest must be there."
    assert list(inspect.signature(Greeter.greet).parameters) == ["self", "name", "times"]


def test_what_scripts_may_use_of_the_driver_is_marked() -> None:
    """What is neither marked nor hidden by an underscore is for the driver's own parts."""
    internal = {
        *("boot", "check_due", "checkpoints", "end", "ensure_connected", "ensure_started"),
        *("environment", "in_loop", "instance", "lost", "memory_arguments", "memory_file"),
        *("new_instance", "on_backend_line", "qemu", "reach_guest", "reach_machine"),
        *("reaches_cards", "record_file", "runs", "show_console_line", "ssh_port"),
        "switch_failed",
    }
    names = {name for name in dir(QemuMachine) if not name.startswith("_")}
    marked = {n for n in names if facts_of(inspect.getattr_static(QemuMachine, n)) is not None}
    assert names - marked == internal


def test_the_old_name_of_the_class_still_works(driver_process: DriverProcess) -> None:
    script = """
from test_driver.machine import Machine as Old
from test_driver import Machine as Other
import test_driver.machine
def up(one: Machine) -> bool:
    return one.is_up()
assert Old is Other is Machine is QemuMachine and not up(machine1)
try:
    test_driver.machine.Maschine
except AttributeError as error:
    assert str(error) == "module 'test_driver.machine' has no attribute 'Maschine'"
"""
    result = driver_process.run(script)
    assert result.returncode == 0, result.stderr
    told = "the class Machine is deprecated: write QemuMachine or BaseMachine"
    assert told in result.stderr


@pytest.mark.parametrize("call", ["checkpoint_all('a')", "restore_all('typo')"])
def test_checkpoints_of_containers_alone_are_refused(
    driver_process: DriverProcess, call: str
) -> None:
    machines = driver_process.document["machines"]
    box = machines.pop("two-2") | {"start_command": list(FAKE), "container": True}
    machines.clear()
    machines["box"] = box
    result = driver_process.run(call)
    assert result.returncode != 0
    assert "CheckpointError: box: a container has no checkpoints" in result.stderr


@pytest.mark.parametrize("call", ["checkpoint_all('a')", "rollback().__enter__()"])
def test_checkpoints_of_all_refuse_a_container_that_runs(
    driver_process: DriverProcess, call: str
) -> None:
    box = driver_process.document["machines"]["two-2"]
    driver_process.document["machines"]["box"] = box | {
        "start_command": list(FAKE),
        "container": True,
    }
    script = f"""
{call}  # it is off
box.start()
machine1.start()
try:
    {call.replace("'a'", "'b'")}
except Exception as error:
    assert type(error).__name__ == "{CheckpointError.__name__}", error
    assert str(error).startswith("box: a container that runs has no checkpoints"), error
else:
    raise AssertionError("it was not refused")
assert not machine1.checkpoints.get("b")
"""
    result = driver_process.run(script)
    assert result.returncode == 0, result.stderr
    assert issubclass(QemuMachine, BaseMachine)
