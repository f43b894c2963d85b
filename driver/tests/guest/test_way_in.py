"""The way into a guest: why it was lost, and what goes on over a restart."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from test_driver.errors import AgentError, AgentLost, MachineError, ShellLost
from test_driver.guest import agent_shell
from test_driver.guest.loss_causes import describe_status, loss_cause
from test_driver.machine import QemuMachine

from .test_shell_channel import channels

ENDED = "rehearse: the guest agent has ended: "
SYSTEMD = "[   42.1] systemd[1]: "


@pytest.mark.parametrize(
    ("console", "cause"),
    [
        ("", ""),
        ("login: \nBooting\n", ""),
        (f"login: {ENDED}signal, killed KILL\n", "killed by signal 9 (SIGKILL)"),
        (f"{ENDED}signal, killed TERM", "killed by signal 15 (SIGTERM)"),
        (f"{ENDED}signal, killed 37", "killed by signal 37"),
        (f"{ENDED}core-dump, dumped SEGV", "killed by signal 11 (SIGSEGV), with a core dump"),
        (f"{ENDED}exit-code, exited 1", "it ended with exit status 1"),
        (f"{ENDED}oom-kill, killed KILL", "killed by signal 9 (SIGKILL), oom-kill"),
        (f"{ENDED}watchdog, killed ABRT", "killed by signal 6 (SIGABRT), watchdog"),
        (f"{ENDED}resources,  ", "resources"),
        (
            f"{ENDED}success, exited 0",
            "its unit was stopped, or it ended by itself (exit status 0)",
        ),
        (
            "[ 9.1] Out of memory: Killed process 217 (qemu-ga) total-vm:1kB, anon-rss:0kB\n"
            f"{ENDED}signal, killed KILL",
            "the guest was out of memory: Killed process 217 (qemu-ga); "
            "killed by signal 9 (SIGKILL)",
        ),
        (
            "[ 9.1] Memory cgroup out of memory: Killed process 5 (a b) total-vm:1kB\n",
            "the guest was out of memory: Killed process 5 (a b)",
        ),
        (
            f"{SYSTEMD}qemu-guest-agent.service: Main process exited, code=killed, status=9/KILL\n",
            "killed by signal 9 (SIGKILL)",
        ),
        (
            f"{SYSTEMD}Stopping qemu-guest-agent.service - QEMU Guest Agent...\n",
            "its unit was stopped",
        ),
        (
            f"{SYSTEMD}Soft-reboot requested from client PID 7 ('systemctl') (unit x.service)...\n"
            f"{ENDED}success, exited 0\n{SYSTEMD}Soft-rebooting.\n",
            "its unit was stopped, or it ended by itself (exit status 0); "
            "Soft-reboot requested from client PID 7 ('systemctl') (unit x.service); "
            "systemd is starting the user space anew",
        ),
        (
            "[ 3.2] qemu-ga[88]: segfault at 0 ip 00007f sp 00007f error 4\n",
            "qemu-ga[88]: segfault at 0 ip 00007f sp 00007f error 4",
        ),
        (
            "[ 3.2] kexec_core: Starting new kernel\n",
            "another kernel was started (kexec)",
        ),
        ("[ 3.2] reboot: Restarting system\n", "the guest is going down"),
        (f"{SYSTEMD}Reached target kexec.target - Kexec.\n", "the guest is going to kexec.target"),
    ],
)
def test_the_console_tells_why_the_agent_has_gone(console: str, cause: str) -> None:
    assert loss_cause(console) == cause


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (0, "exit status 0"),
        (137, "killed by signal 9 (SIGKILL)"),
        (128 + 50, "killed by signal 50"),
    ],
)
def test_how_a_shell_has_ended(status: int, text: str) -> None:
    assert describe_status(status) == text


def say_on_console(machine: QemuMachine, text: str, delay: float = 0.0) -> None:
    """Let the guest say something, as its kernel and its systemd do."""

    def say() -> None:
        with contextlib.suppress(MachineError):  # the test is over
            machine.send_console(text)

    threading.Timer(delay, say).start()


def lose_agent(machine: QemuMachine, delay: float) -> None:
    """Let the agent's port close; another agent is there at once."""
    assert machine.qemu is not None
    pid = machine.qemu.process.pid

    def lose() -> None:
        with contextlib.suppress(ProcessLookupError):  # the test is over
            os.kill(pid, signal.SIGUSR2)

    threading.Timer(delay, lose).start()


def test_a_command_that_loses_the_agent_tells_the_cause(machine: QemuMachine) -> None:
    machine.succeed("true")
    lose_agent(machine, 0.3)
    say_on_console(machine, f"{ENDED}signal, killed KILL\n", 0.7)
    with pytest.raises(
        AgentLost, match=r"is gone: it closed its port: killed by signal 9 \(SIGKILL\)"
    ):
        machine.succeed("sleep 30")
    assert machine.succeed("echo back") == "back\n"


def test_a_cause_that_is_older_than_the_last_answer_is_not_told(machine: QemuMachine) -> None:
    machine.succeed("true")
    machine.send_console(f"{ENDED}signal, killed KILL\n")
    machine.wait_for_console_text("killed KILL", timeout=20)
    with machine.spawn("true") as handle:
        handle.wait(20)
    lose_agent(machine, 0.3)
    with pytest.raises(AgentLost, match="is gone: it closed its port: it has ended, or the guest"):
        machine.succeed("sleep 30")


def test_a_spawned_command_whose_agent_was_killed_tells_the_cause(machine: QemuMachine) -> None:
    kill = "[ 9.1] Out of memory: Killed process 217 (qemu-ga) total-vm:1kB, anon-rss:0kB\n"
    handle = machine.spawn("sleep 30")
    lose_agent(machine, 0.3)
    say_on_console(machine, f"{kill}{ENDED}signal, killed KILL\n", 0.5)
    with pytest.raises(AgentLost, match=r"is gone: [^\n]*Killed process 217 \(qemu-ga\)"):
        handle.wait(20)


def test_a_shell_that_was_killed_tells_the_signal(machine: QemuMachine) -> None:
    machine.succeed("true")
    (channel,) = channels(machine)
    threading.Timer(0.5, lambda: os.kill(channel.process, signal.SIGKILL)).start()
    with pytest.raises(ShellLost, match=r"is gone: .*killed by signal 9 \(SIGKILL\)"):
        machine.succeed("sleep 3")


def test_a_command_that_a_restart_ends_is_told_so(machine: QemuMachine) -> None:
    machine.succeed("true")
    handle = machine.spawn("sleep 30")
    machine.reboot(timeout=20)
    with pytest.raises(AgentLost, match="gone: the guest was restarted while the command ran"):
        handle.wait(20)
    lose_agent(machine, 0.3)  # and that is no restart
    with pytest.raises(AgentLost, match="it closed its port"):
        machine.succeed("sleep 30")


def systemctl(machine: QemuMachine, text: str) -> None:
    """Let the guest have a systemctl of this text."""
    machine.connect()
    folder = machine.state_dir / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "systemctl").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "systemctl").chmod(0o755)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo systemd 252", "reboot was refused: it takes systemd 254, the guest has systemd 252"),
        ("echo systemd 253.5", "it takes systemd 254, the guest has systemd 253"),
        ("echo other", "the guest has no systemd"),
        ("exit 127", "the guest has no systemd"),
        (
            "case $1 in --version) echo systemd 254;; *) echo masked >&2; exit 1;; esac",
            r"a soft reboot failed \(exit status 1\): masked",
        ),
    ],
)
def test_a_soft_reboot_that_cannot_be_is_refused(
    machine: QemuMachine, text: str, message: str
) -> None:
    systemctl(machine, text)
    with pytest.raises(MachineError, match=message):
        machine.reboot(soft=True, timeout=20)
    lose_agent(machine, 0.3)
    with pytest.raises(AgentLost, match="it closed its port"):
        machine.succeed("sleep 30")


def test_a_command_that_a_soft_reboot_ends_is_told_so(machine: QemuMachine) -> None:
    machine.connect()
    assert machine.qemu is not None
    pid = machine.qemu.process.pid
    systemctl(machine, f"echo systemd 257; [ $1 = --version ] || kill -USR2 {pid}")
    handle = machine.spawn("sleep 30")
    machine.reboot(soft=True, timeout=20)
    with pytest.raises(AgentLost, match="gone: the guest was restarted while the command ran"):
        handle.wait(20)


@pytest.mark.parametrize("spool", ["full", "missing"])
def test_a_guest_without_room_for_output_is_told_with_the_places(
    machine: QemuMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spool: str
) -> None:
    place = "/dev/full/x" if spool == "full" else f"{tmp_path}/none/x"
    monkeypatch.setattr(agent_shell, "SPOOLS", (place, f"{place}y"))
    with pytest.raises(AgentError, match=f"cannot keep .* the guest's {place} or {place}y: .*full"):
        machine.spawn("true")


def test_a_kernel_that_is_started_by_kexec_needs_no_reset(
    machine: QemuMachine, tmp_path: Path
) -> None:
    """The agent's port closes and opens again; waits go on, and nobody has seen a reset."""
    flag = tmp_path / "flag"
    machine.succeed("true")
    lose_agent(machine, 0.3)
    say_on_console(machine, "kexec_core: Starting new kernel\nLinux version 6.12\n", 0.35)
    lose_agent(machine, 1.5)
    threading.Timer(2.5, flag.touch).start()
    began = time.monotonic()
    machine.wait_until_succeeds(f"test -e {flag}", timeout=30)
    assert time.monotonic() - began < 20
    assert machine.qemu is not None
    assert machine.qemu.resets == 0
    assert machine.qemu.agent.drops >= 2
    assert machine.succeed("echo on") == "on\n"


def test_what_a_person_starts_is_not_protected_when_memory_is_short(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine.connect()
    assert machine.qemu is not None
    port = machine.qemu.person_shell(tmp_path / "sh-1")
    texts: list[str] = []

    async def keep(text: str, seconds: float) -> None:
        texts.append(text)

    monkeypatch.setattr(port, "_in_guest", keep)
    machine.in_loop(port.start_shell(os.terminal_size((80, 25))))
    (text,) = texts
    begin = text.partition("for try")[0]
    seen = subprocess.run(
        ["sh", "-c", f"echo 500 >/proc/self/oom_score_adj\n{begin}\ncat /proc/self/oom_score_adj"],
        capture_output=True,
        text=True,
    )
    assert seen.stdout == "0\n", seen.stderr


def test_every_one_of_many_requests_at_once_is_answered(machine: QemuMachine) -> None:
    machine.connect()
    length = 100_000
    commands = [f"wc -c <<'END'\n{'y' * length}\nEND", "echo short"] * 4
    handles = [machine.spawn(command) for command in commands]
    outputs = [handle.wait(60).stdout for handle in handles]
    assert outputs == [f"{length + 1}\n", "short\n"] * 4
