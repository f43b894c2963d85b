"""Every example of docstrings and guides runs, but for those of a list, each with its reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_driver.configuration import check_configuration
from test_driver.driver import Driver
from test_driver.machine.kinds import KINDS
from test_driver.output import OutputFolder
from test_driver.script.script import Script
from test_driver.steps import Steps

from .conftest import Document
from .machine.test_nspawn import COMMAND
from .support.example_context import preamble
from .support.examples import Example, all_examples
from .support.manual_guest import ManualMachine
from .test_examples import MACHINES

PROMPT = "is for a person at the prompt"
POWERS_OFF = "the guest must power itself off"
EVENT = "something must happen to the guest meanwhile"
SCREEN = "needs text on a screen, and tesseract"
CRASH = "a unit must crash"
DISK = "needs a disk whose writes are logged"
STANDS_STILL = "a container must stand still, which takes cgroups"
CHECKPOINTS = "containers that run have no checkpoints"
PACKAGES = "needs the packages of its nodes"

# By the name of the function or class.
NOT_RUN = {
    "ConsolePromptMethods.console_interact": PROMPT,
    "PromptMethods.shell_interact": PROMPT,
    "Rehearsal.rerun": PROMPT,
    "Rehearsal.run_subtest": PROMPT,
    "Rehearsal.subtests": PROMPT,
    "Debug": PROMPT,
    "Debug.breakpoint": PROMPT,
    "DriverMethods.join_all": POWERS_OFF,
    "PowerMethods.expect_end": POWERS_OFF,
    "PowerMethods.shutdown": POWERS_OFF,
    "PowerMethods.wait_for_shutdown": POWERS_OFF,
    "RebootMethods.reboot": POWERS_OFF,
    "SwitchRootMethods.switch_root": "the guest must have another root",
    "MonitorMethods.wait_for_qmp_event": EVENT,
    "QMPSession.wait_for_event": EVENT,
    "WaitMethods.wait_for_console_text": EVENT,
    "DisplayMethods.wait_for_text": SCREEN,
    "DisplayMethods.get_screen_text_variants": SCREEN,
    "DisplayMethods.get_screen_text": SCREEN,
    "ExpectationMethods.expect_crash": CRASH,
    "FaultMethods.power_cut": DISK,
    "FileMethods.copy_from_machine": "the guest must have the files",
    "OldNameMethods.copy_from_vm": "the guest must have the files",
    "JunitXMLLogger": "writes its file where Python ends",
    "LinkMethods.block": "needs a network card of QEMU's own network",
    "LinkMethods.unblock": "needs a network card of QEMU's own network",
    "MonitorMethods.forward_port": "needs a network card of QEMU's own network",
    "SavingMethods.save_machine": "needs a machine whose memory lies in a file",
    "SshMethods.ssh_backdoor_command": "needs `sshBackdoor.enable`",
    "VariantMethods.use_variant": "needs a machine with variants",
    "FileSnapshotMethods.checkpoint_files": STANDS_STILL,
    "FileSnapshotMethods.restore_files": STANDS_STILL,
    "AllSnapshotMethods.rollback": CHECKPOINTS,
    "AllSnapshotMethods.restore_all": CHECKPOINTS,
    "AllSnapshotMethods.checkpoint_all": CHECKPOINTS,
    "StateMachine.boot_all": CHECKPOINTS,
    "StateMachine.run": CHECKPOINTS,
}
# In the guides, by a text of the example.
NOT_RUN_IN_GUIDES = {
    "expect_end(": POWERS_OFF,
    "expect_crash(": CRASH,
    "checkpoint_all(": CHECKPOINTS,
    "checkpoint_files(": STANDS_STILL,
    "container.pause(": STANDS_STILL,
    "power_cut(": DISK,
    "Network.run(": CHECKPOINTS,
    'succeed("hello")': PACKAGES,
    "good evening": PACKAGES,
    '"sx"': "needs a program that sends files over the serial console",
}


def reason_not_to_run(example: Example) -> str | None:
    """Return why an example cannot run here; None if it can."""
    if example.file.endswith(".py"):
        return NOT_RUN.get(example.name)
    found = (why for text, why in NOT_RUN_IN_GUIDES.items() if text in example.code)
    return next(found, None)


@pytest.fixture
def driver(document: Document, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    """A driver with all machines that examples name."""
    monkeypatch.setitem(KINDS, "qemu", ManualMachine)
    monkeypatch.chdir(tmp_path)  # some write files
    part = document["machines"]["machine1"] | {"memory_mib": 512}
    document["machines"] = {name: part for name in MACHINES}
    document["machines"]["container"] = part | {"container": True, "start_command": list(COMMAND)}
    configuration = check_configuration(document, where="examples")
    (tmp_path / "out").mkdir()
    script = Script(Path(document["test_script"]))
    with Driver(configuration, script, OutputFolder(tmp_path / "out"), Steps([])) as driver:
        for machine in driver.machines:
            machine.default_timeout = 20
        yield driver


def must_fail(example: Example) -> list[str]:
    """Return the commands of which an example says that they fail."""
    return [
        node.args[0].value
        for node in ast.walk(ast.parse(example.code))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("fail", "wait_until_fails")
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


def run_example(example: Example, driver: Driver) -> str | None:
    """Run an example. Return what is wrong with it."""
    for machine in driver.machines:
        if isinstance(machine, ManualMachine):
            machine.fails[:] = must_fail(example)
    names = driver.script_names()
    source = f"{preamble(example, frozenset(names))}{example.code}"
    try:
        exec(compile(source, example.place, "exec"), dict(names))
    except Exception as error:  # noqa: BLE001 - whatever an example may raise
        return f"{example.place} ({example.name}): {type(error).__name__}: {error}"
    finally:
        driver.network.heal()
    return None


@pytest.mark.timeout(300)
def test_every_example_runs_that_can(driver: Driver) -> None:
    examples = [one for one in all_examples() if reason_not_to_run(one) is None]
    assert len(examples) > 100
    found = [problem for one in examples if (problem := run_example(one, driver)) is not None]
    assert found == []


def test_an_example_that_fails_is_told_with_its_place(driver: Driver) -> None:
    wrong = Example(file="docs/a.md", line=7, name="docs/a.md", code='machine.fail("x")\n1 / 0\n')
    problem = run_example(wrong, driver)
    assert problem == "docs/a.md:7 (docs/a.md): ZeroDivisionError: division by zero"


def test_the_lists_name_examples_that_there_are() -> None:
    examples = all_examples()
    assert set(NOT_RUN) <= {one.name for one in examples}
    guides = "".join(one.code for one in examples if not one.file.endswith(".py"))
    assert [text for text in NOT_RUN_IN_GUIDES if text not in guides] == []
