"""What the tests share: a loop, a machine with a fake QEMU, and the whole driver as a process."""

import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pexpect
import pytest

from test_driver.backend.qemu.acceleration import Acceleration
from test_driver.compatibility import REHEARSE, Compatibility
from test_driver.configuration import MachineConfiguration
from test_driver.faults.logged_disks import LogWrites
from test_driver.loop import LoopThread
from test_driver.machine import BaseMachine, QemuMachine
from test_driver.machine.kinds import machine_of
from test_driver.network.active_faults import NetworkFaults
from test_driver.output import OutputFolder
from test_driver.report.junit import JunitReport
from test_driver.run.context import TestContext
from test_driver.screen.recognition import Recognition
from test_driver.script.conditions import PollingConditions
from test_driver.state import private_folder, socket_folder
from test_driver.steps import StepLog, Steps

from .support.network_stage import Stage
from .support.relay_bench import Bench

HERE = Path(__file__).parent
SUPPORT = HERE / "support"
FAKE_QEMU = (sys.executable, str(SUPPORT / "fake_qemu.py"))
BASIC: dict[str, object] = {"vlans": (), "memory_mib": 1, "cores": 1}
# Under nohup, shells that tests start would ignore the end of their terminal, too. A handler does
# not outlast the start of another program, which has the signal as usual.
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)
ENVIRONMENT = {"PATH": os.environ["PATH"], "HOME": "/"}

MachineMaker = Callable[..., QemuMachine]
AnyMachineMaker = Callable[..., BaseMachine]
Document = dict[str, Any]
At = Any  # a program at a terminal; pexpect has no types
spawn_at_terminal: Callable[..., At] = pexpect.spawn  # Debian's stub takes os.environ alone
Terminals = Callable[..., At]


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    """A loop in its own thread."""
    with LoopThread() as thread:
        yield thread


@pytest.fixture
def output(tmp_path: Path) -> OutputFolder:
    """An output folder."""
    (tmp_path / "out").mkdir()
    return OutputFolder(tmp_path / "out")


@pytest.fixture
def compatibility() -> Compatibility:
    """What the methods of machines mean: a test may override it."""
    return REHEARSE


@pytest.fixture
def make_any_machine(
    loop: LoopThread, output: OutputFolder, compatibility: Compatibility
) -> Iterator[AnyMachineMaker]:
    """Make machines with any back end, whose QEMU is a fake; they are stopped in the end."""
    with ExitStack() as stack:
        private = private_folder(stack)
        (private / "shared").mkdir()

        async def acceleration() -> Acceleration:
            return Acceleration(accelerator="tcg", reason="it is fake")

        conditions = PollingConditions(compatibility)
        faults = NetworkFaults(
            loop=loop,
            meanwhile=conditions,
            machines=lambda: (),
            vlans=lambda: (),
            on_failure=lambda error: None,
        )
        session = TestContext(
            loop=loop,
            steps=Steps([StepLog(), JunitReport(suite="unit")]),
            output=output,
            state_folder=private,
            shared_folder=private / "shared",
            socket_folder=socket_folder(stack),
            environment=ENVIRONMENT,
            vlans={},
            faults=faults,
            machine_hooks=(LogWrites(),),
            acceleration=acceleration,
            recognition=Recognition(loop, "tesseract", private),
            conditions=conditions,
            compatibility=compatibility,
            storage_daemon=fake_storage_daemon(private),
        )
        stack.callback(session.cgroups.close)
        stack.callback(session.recognition.close)
        numbers = itertools.count(1)

        def make(name: str = "machine1", *extra: str, **configured: object) -> BaseMachine:
            given = BASIC | {"start_command": (*FAKE_QEMU, *extra)} | configured
            configuration = MachineConfiguration.model_validate(given)
            machine = machine_of(
                name, configuration, session, index=next(numbers), console_file=None
            )
            stack.callback(lambda: machine.release())
            return machine

        yield make


@pytest.fixture
def make_machine(make_any_machine: AnyMachineMaker) -> MachineMaker:
    """Make machines whose QEMU is a fake; they are stopped in the end."""

    def make(*arguments: str, **configured: object) -> QemuMachine:
        machine = make_any_machine(*arguments, **configured)
        assert isinstance(machine, QemuMachine)
        return machine

    return make


@pytest.fixture
def machine(make_machine: MachineMaker) -> QemuMachine:
    """One machine whose QEMU is a fake, not started yet."""
    return make_machine()


def fake_storage_daemon(folder: Path) -> Path:
    """Write a program that stands in for QEMU's storage daemon."""
    program = folder / "qemu-storage-daemon"
    fake = SUPPORT / "fake_storage_daemon.py"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {fake} "$@"\n')
    program.chmod(0o755)
    return program


def fake_switch(folder: Path) -> Path:
    """Write a program that stands in for vde_switch."""
    program = folder / "vde_switch"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} {SUPPORT / "fake_switch.py"} "$@"\n')
    program.chmod(0o755)
    return program


@pytest.fixture
def bench(loop: LoopThread, tmp_path: Path) -> Iterator[Bench]:
    """A relay for faults that runs."""
    made = Bench(loop, tmp_path, ENVIRONMENT)
    yield made
    made.close()


@pytest.fixture
def stage(loop: LoopThread, make_any_machine: AnyMachineMaker, tmp_path: Path) -> Iterator[Stage]:
    """A place for machines and networks."""
    made = Stage(loop, make_any_machine, tmp_path, ENVIRONMENT)
    yield made
    made.close()


@pytest.fixture
def document(tmp_path: Path) -> Document:
    """A configuration with two machines and a network, all of them fake."""
    script = tmp_path / "script.py"
    script.write_text("")
    part = {"start_command": list(FAKE_QEMU), "vlans": [1], "memory_mib": 1, "cores": 1}
    return {
        "schema_version": 1,
        "name": "unit",
        "test_script": str(script),
        "global_timeout_seconds": 30,
        "acceleration": {"policy": "never", "kernel": None, "qemu": "/nowhere/qemu"},
        "vlans": [1],
        "machines": {"machine1": part, "two-2": part},
    }


class SpawnedDriver(subprocess.Popen[str]):
    """A driver that says where each of its threads is if it does not end in time."""

    def communicate(
        self, input: str | None = None, timeout: float | None = None
    ) -> tuple[str, str]:
        """Wait for its end, and return all it says until then."""
        try:
            return super().communicate(input, timeout)
        except subprocess.TimeoutExpired:
            self.send_signal(signal.SIGABRT)
            said = super().communicate()[0]
            pytest.fail(f"the driver has not ended within {timeout} s, and has said:\n{said}")


class DriverProcess:
    """Runs the driver as users do, in a process of its own."""

    def __init__(self, folder: Path, temporary: Path, document: Document) -> None:
        self.folder = folder
        self.temporary = temporary
        self.output = folder / "out"
        self.document = document
        self.python_path: list[str] = []

    def command(self, script: str, *arguments: str) -> list[str]:
        """Write the files and return the command line."""
        Path(self.document.get("test_script", self.folder / "script.py")).write_text(script)
        configuration = self.folder / "config.json"
        configuration.write_text(json.dumps(self.document))
        return [
            *(sys.executable, "-m", "test_driver", "--config", str(configuration)),
            *("--output_directory", str(self.output), *arguments),
        ]

    def environment(self) -> dict[str, str]:
        """Return the environment of the process: its temporary files are this test's."""
        path = os.pathsep.join([str(HERE.parent), *self.python_path])
        own = {"TMPDIR": str(self.temporary), "PYTHONPATH": path, "PYTHONFAULTHANDLER": "1"}
        return {**os.environ, **own}

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the driver to its end."""
        return subprocess.run(
            self.command(script, *arguments),
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
        )

    def spawn(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        """Start the driver."""
        return SpawnedDriver(
            self.command(script, *arguments),
            env=self.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture
def driver_process(tmp_path: Path, document: Document) -> Iterator[DriverProcess]:
    """The driver, ready to be run."""
    # A short path, so that its sockets lie there, too, and are removed even if it was killed.
    with tempfile.TemporaryDirectory(prefix="t") as temporary:
        yield DriverProcess(tmp_path, Path(temporary), document)


@pytest.fixture
def terminals(driver_process: DriverProcess, tmp_path: Path) -> Iterator[Terminals]:
    """Run commands at terminals of their own."""
    sessions: list[At] = []

    def run(command: list[str], *, cwd: Path = tmp_path) -> At:
        environment = {
            **driver_process.environment(),
            "XDG_STATE_HOME": str(tmp_path / "state"),
            "TERM": "xterm",
            "PROMPT_TOOLKIT_NO_CPR": "1",  # nobody here answers where the cursor is
        }
        session = spawn_at_terminal(
            command[0],
            command[1:],
            cwd=cwd,
            dimensions=(50, 150),
            encoding="utf-8",
            env=environment,
            timeout=20,
        )
        if "SHOW_TERMINALS" in os.environ:
            session.logfile_read = sys.stdout
        sessions.append(session)
        return session

    yield run
    for session in sessions:
        session.close(force=True)
