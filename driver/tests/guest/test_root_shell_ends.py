"""The end of a guest's root shell under a command: never an exit status of the command."""

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from test_driver.deadline import Deadline
from test_driver.errors import AgentLost
from test_driver.guest import agent_shell
from test_driver.guest import backdoor as backdoor_module
from test_driver.guest.agent import Agent
from test_driver.guest.agent_shell import AgentShell
from test_driver.guest.output_buffer import Capture
from test_driver.machine import QemuMachine

from ..conftest import MachineMaker
from ..support.fake_backdoor import Guest
from .test_backdoor import any_guest, call
from .test_shell_channel import channels

__all__ = ["any_guest"]
EXITED = "[ 9.1] systemd[1]: backdoor.service: Main process exited, code=killed, status=9/KILL\n"
TOLD = r"the root shell on hvc0 is gone: it has ended: killed by signal 9 \(SIGKILL\)"
LOOP = "while :; do sleep 0.05; done"


def below(process: int) -> list[int]:
    """Return all processes that a process has started, the older ones first."""
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for child in Path(f"/proc/{process}/task/{process}/children").read_text().split():
            found += [int(child), *below(int(child))]
    return sorted(found)


def tokens_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def runs_sleep(process: int) -> bool:
    """Tell whether a process is `sleep`, also where a loader with a long command line starts it."""
    return b"sleep" in [os.path.basename(token) for token in tokens_of(process).split(b"\0")]


def signal_all(processes: list[int], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


def session_of(process: int) -> int | None:
    """Return the session of a process; None if it has ended, as the driver's own questions do."""
    try:
        return os.getsid(process)
    except ProcessLookupError:
        return None


def root_shell(machine: QemuMachine) -> int:
    """Return the process of the root shell, which leads a session on the console."""
    assert machine.qemu is not None
    (shell,) = [
        process
        for process in below(machine.qemu.process.pid)
        if b"\0--norc\0/dev/pts/" in tokens_of(process) and session_of(process) == process
    ]
    return shell


def end_unit(machine: QemuMachine, number: signal.Signals) -> None:
    """Kill the shell and who watches it, then signal all else, as systemd does; nobody tells it."""
    shell = root_shell(machine)
    others = [process for process in below(shell) if session_of(process) not in (shell, None)]
    os.killpg(shell, signal.SIGKILL)
    signal_all(others, number)
    time.sleep(0.3)
    machine.send_console(EXITED)


@pytest.fixture
def bare(
    make_machine: MachineMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> QemuMachine:
    """A machine that has no agent."""
    monkeypatch.setattr(agent_shell, "SPOOLS", (f"{tmp_path}/spool",))
    monkeypatch.setattr(backdoor_module, "FIRST_AGAIN_SECONDS", 0.2)
    machine = make_machine("machine1", "--no-agent", "--root-shell", guest_agent=False)
    machine.succeed("true")
    return machine


@pytest.mark.parametrize(
    ("number", "command"),
    [
        (signal.SIGHUP, "sleep 30"),
        (signal.SIGTERM, "sleep 30"),
        (signal.SIGHUP, f"trap 'exit 0' HUP; {LOOP}"),
        (signal.SIGTERM, f"trap 'exit 3' TERM; {LOOP}"),
        (signal.SIGHUP, "set +e; bash -c 'sleep 30'; exit 7"),
        (signal.SIGHUP, f": {'x' * 20_000}; sleep 30"),
        (signal.SIGINT, f"trap 'exit 129' INT; {LOOP}"),
    ],
)
def test_a_command_that_ends_with_its_root_shell_has_no_status(
    bare: QemuMachine, number: signal.Signals, command: str
) -> None:
    threading.Timer(0.5, end_unit, (bare, number)).start()
    with pytest.raises(AgentLost, match=TOLD):
        bare.execute(command, timeout=20)


ENDS_WITH = "trap 'exit {}' HUP; " + LOOP


@pytest.mark.parametrize(
    "method",
    [
        lambda machine: machine.succeed(ENDS_WITH.format(0), timeout=20),
        lambda machine: machine.fail(ENDS_WITH.format(129), timeout=20),
        lambda machine: machine.run(ENDS_WITH.format(129), timeout=20),
        lambda machine: machine.wait_until_fails(ENDS_WITH.format(129), timeout=5),
        lambda machine: machine.spawn(ENDS_WITH.format(129)).wait(20),
    ],
    ids=["succeed", "fail", "run", "wait_until_fails", "spawn"],
)
def test_no_method_takes_the_end_of_the_root_shell_for_that_of_a_command(
    bare: QemuMachine, method: Callable[[QemuMachine], object]
) -> None:
    threading.Timer(0.5, end_unit, (bare, signal.SIGHUP)).start()
    with pytest.raises(AgentLost, match=TOLD):
        method(bare)


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("exit 129", 129),
        ("exit 143", 143),
        ("kill -HUP $$; sleep 9", 129),
        ("bash -c 'kill -HUP $$'", 129),
        ("sleep 9 & kill -HUP $!; wait $!", 129),
        ("trap 'exit 4' HUP; kill -HUP $$; sleep 9", 4),
        ("kill -9 $$", 137),
    ],
)
def test_a_command_that_gets_a_signal_has_its_status(
    bare: QemuMachine, command: str, status: int
) -> None:
    assert bare.execute(command)[0] == status
    assert bare.spawn(command).wait(20).status == status


def end_agent(machine: QemuMachine, number: signal.Signals) -> None:
    """Let the agent stand still, end what runs on the shell channel, then the agent."""
    assert machine.qemu is not None
    os.kill(machine.qemu.process.pid, signal.SIGQUIT)
    (channel,) = channels(machine)
    signal_all(below(channel.process), number)
    time.sleep(0.5)
    os.kill(machine.qemu.process.pid, signal.SIGUSR2)


@pytest.mark.parametrize(
    ("number", "command"),
    [
        (signal.SIGTERM, "sleep 30"),
        (signal.SIGHUP, "bash -c 'sleep 30; :'"),
        (signal.SIGTERM, f": {'x' * 20_000}; sleep 30"),
        (signal.SIGTERM, "trap 'exit 143' TERM; " + LOOP),
        (signal.SIGINT, "trap 'exit 0' INT; " + LOOP),
        (signal.SIGHUP, "trap 'exit 3' HUP; " + LOOP),
    ],
)
def test_a_command_on_a_shell_channel_has_no_status_if_the_way_in_is_gone(
    machine: QemuMachine, number: signal.Signals, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.succeed("true")
    if "exit 0" in command or "exit 3" in command:  # only a root shell makes those doubtful
        monkeypatch.setattr(AgentShell, "may_be_lost", lambda shell, status: True)
    threading.Timer(0.5, end_agent, (machine, number)).start()
    with pytest.raises(AgentLost, match="the guest agent is gone: it closed its port"):
        machine.execute(command, timeout=20)


def test_a_way_in_that_was_replaced_while_a_command_ran_tells_nothing(machine: QemuMachine) -> None:
    machine.succeed("true")
    assert machine.qemu is not None
    agent = machine.qemu.agent
    machine.in_loop(agent.outlived(agent.drops))
    with pytest.raises(AgentLost, match="it was started anew while the command ran"):
        machine.in_loop(agent.outlived(agent.drops - 1))


@pytest.fixture
def reasons() -> list[str]:
    """Why the shell was lost, each time."""
    return []


async def watched_shell(guest: Guest, agent: Agent, reasons: list[str]) -> int:
    """Connect, let the reason of a loss be noted, and return the process of the shell."""
    agent.on_drop = reasons.append
    await agent.connect()
    assert guest.console.process is not None
    return guest.console.process.pid


def test_a_shell_that_is_killed_is_told_of_whatever_signals_come_then(
    any_guest: Guest, reasons: list[str]
) -> None:
    """The kernel hangs the console up and sends a SIGHUP, and so does systemd, again and again."""

    async def work(agent: Agent) -> None:
        shell = await watched_shell(any_guest, agent, reasons)
        watching = [process for process in below(shell) if session_of(process) == shell]
        await asyncio.to_thread(any_guest.console.end_shell)
        for _ in range(50):
            signal_all(watching, signal.SIGHUP)
            await asyncio.sleep(0.002)
        while not reasons:
            await asyncio.sleep(0.01)

    any_guest.run(work)
    assert reasons == ["it has ended"]


def test_a_command_that_kills_every_sleep_leaves_the_shell_watched(
    any_guest: Guest, reasons: list[str]
) -> None:
    async def work(agent: Agent) -> None:
        shell = await watched_shell(any_guest, agent, reasons)
        for _ in range(3):
            while not (sleeps := [one for one in below(shell) if runs_sleep(one)]):
                await asyncio.sleep(0.01)
            signal_all(sleeps, signal.SIGTERM)
            while any(tokens_of(one) for one in sleeps):
                await asyncio.sleep(0.01)
        assert await call(agent, "guest-ping") == {}
        await asyncio.to_thread(any_guest.console.end_shell)
        while not reasons:
            await asyncio.sleep(0.01)

    any_guest.run(work)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_shell_that_is_ended_first_never_tells_what_its_command_did(
    any_guest: Guest, number: signal.Signals
) -> None:
    """As systemd ends a unit, here without a shell channel: any shell that NixOS may have."""

    async def work(agent: Agent) -> None:
        await agent.connect()
        assert any_guest.console.process is not None
        shell = any_guest.console.process.pid
        running = asyncio.ensure_future(
            AgentShell("machine1", agent).run(
                f"trap 'exit 5' HUP TERM; {LOOP}", Deadline.after(20), Capture(9), Capture(9)
            )
        )
        await asyncio.sleep(0.5)
        others = below(shell)
        signal_all([shell, *others], number)
        with pytest.raises(AgentLost, match="the root shell on hvc0 is gone: it has ended"):
            await running

    any_guest.run(work)
