"""The benchmarks. Each is a test script, for machines that are off."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from . import base64_pipe, waits
from .stage import Machine, Stage

COMMANDS = 100
OTHER_RUNS = 5


def play(
    scenario: str, result: str, names: Mapping[str, Any], *, rounds: int, mebibytes: int
) -> None:
    """Run a benchmark with the names of a test script, and write its result."""
    began = time.time()
    stage = Stage(names, rounds=rounds, mebibytes=mebibytes)
    with stage.part(scenario):
        SCENARIOS[scenario](stage)
    stage.write(Path(result), began)


def start(stage: Stage, kind: str = "cold") -> None:
    """Start all machines, until each has run a command."""
    count = len(stage.machines)
    with stage.timed(f"{kind} start, {count} machine{'s' if count > 1 else ''}"):
        stage.start_all()
        _on_all(stage.machines, lambda machine: machine.succeed("true"))
    seconds = [_processor_seconds(machine) for machine in stage.machines]
    if None not in seconds:
        name = f"{kind} start, {count} machine{'s' if count > 1 else ''}: processor, each"
        stage.record(name, sum(filter(None, seconds)) / count)


def warm_start(stage: Stage) -> None:
    """Start machines that were saved."""
    start(stage, "warm")


def commands(stage: Stage) -> None:
    """Run commands: one after the other, and on several machines at once."""
    _settle(stage)
    first = stage.machines[0]
    for _ in range(stage.rounds):
        with stage.processor_timed("true", COMMANDS):
            for _ in range(COMMANDS):
                with stage.timed("true"):
                    first.succeed("true")
    for _ in range(stage.rounds):
        for machines in (stage.machines[:1], stage.machines):
            count = len(machines)
            with stage.timed(f"{COMMANDS} commands, {count} machine{'s' if count > 1 else ''}"):
                _on_all(machines, _many_commands)


def console(stage: Stage) -> None:
    """Run commands in turn by the driver and by the protocol that it is compared with."""
    _settle(stage)
    machine: Any = stage.machines[0]
    machine.wait_for_unit("backdoor.service")
    with base64_pipe.connect(machine.state_dir / "console-shell") as pipe:
        for _ in range(stage.rounds):
            for _ in range(COMMANDS // 4):
                with stage.timed("true, by a base64 pipe"):
                    status, _ = pipe.run("true")
                if status != 0:
                    raise RuntimeError(f"`true` ended with {status} in the base64 pipe")
            for _ in range(COMMANDS // 4):
                with stage.timed("true"):
                    machine.succeed("true")


def transfers(stage: Stage) -> None:
    """Move data: as output of a command, and as files, in and out."""
    _settle(stage)
    machine = stage.machines[0]
    size = stage.mebibytes
    title = f"{size} MiB"
    with stage.part(f"output of {title}"), stage.timed(f"output of {title}"):
        output = machine.succeed(f"head -c {size}M /dev/zero | tr '\\0' x")
        if len(output) != size << 20:
            raise RuntimeError(f"{len(output)} of {size << 20} characters came")
    source = Path("to-the-machine").absolute()
    source.write_bytes(b"rehearse" * (size << 17))
    try:
        with stage.part(f"copy {title} in"), stage.timed(f"copy {title} in"):
            machine.copy_from_host(str(source), "/root/from-the-host")
    finally:
        source.unlink()
    machine.succeed(f"head -c {size}M /dev/zero >/root/to-the-host")
    with stage.part(f"copy {title} out"), stage.timed(f"copy {title} out"):
        machine.copy_from_machine("/root/to-the-host", "copied")


def screen(stage: Stage) -> None:
    """Take pictures of the screen, and read it."""
    _settle(stage)
    machine = stage.machines[0]
    with stage.part("screenshot"):
        for number in range(stage.rounds * OTHER_RUNS):
            with stage.timed("screenshot"):
                machine.screenshot(f"screen-{number}")
    with stage.part("text found on the screen"):
        machine.succeed("printf '\\033c\\n\\n  CURTAIN CALL\\n' >/dev/tty1")
        for _ in range(stage.rounds):
            with stage.timed("text found on the screen"):
                machine.wait_for_text("CURTAIN")


def checkpoints(stage: Stage) -> None:
    """Keep a state of a machine, and go back to it."""
    _settle(stage)
    machine: Any = stage.machines[0]
    for number in range(stage.rounds * OTHER_RUNS):
        with stage.timed("checkpoint"):
            machine.checkpoint(f"state-{number}")
        with stage.timed("restore"):
            machine.restore(f"state-{number}")
            machine.succeed("true")


def wait_latencies(stage: Stage) -> None:
    """Wait for things that happen at known times."""
    _settle(stage)
    machine = stage.machines[0]
    for name, latency in waits.KINDS.items():
        with stage.part(f"{name} seen"):
            for number in range(stage.rounds * OTHER_RUNS):
                stage.record(f"{name} seen", latency(machine, number))
    stage.record("waits: clocks known to within", waits.Clock(machine).uncertainty)


def _settle(stage: Stage) -> None:
    """Start the machines and let their boots end, so that nothing else runs in them."""
    stage.start_all()
    for machine in stage.machines:
        machine.wait_for_unit("multi-user.target")
        machine.succeed("udevadm settle")


def _many_commands(machine: Machine) -> None:
    for _ in range(COMMANDS):
        machine.succeed("true")


def _on_all(machines: list[Machine], work: Any) -> None:  # noqa: ANN401 - a function of a machine
    with ThreadPoolExecutor(len(machines)) as pool:
        for done in [pool.submit(work, machine) for machine in machines]:
            done.result()


def _processor_seconds(machine: Any) -> float | None:  # noqa: ANN401 - of whatever driver
    """Return what a machine's QEMU has used, if the driver tells its process."""
    process = getattr(getattr(machine, "qemu", None), "process", None) or getattr(
        machine, "process", None
    )
    if process is None:
        return None
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


SCENARIOS: dict[str, Callable[[Stage], None]] = {
    "start": start,
    "warm start": warm_start,
    "commands": commands,
    "console": console,
    "waits": wait_latencies,
    "transfers": transfers,
    "screen": screen,
    "checkpoints": checkpoints,
}
