"""Whether machines run under KVM or under emulation."""

import os
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...configuration import AccelerationConfiguration
from ...error_text import exit_text
from ...errors import AccelerationMissing, ProgramMissing
from ...process import Process

KVM_DEVICE = Path("/dev/kvm")
SILENCE_SECONDS = 4.0
# A guest that hangs under KVM mostly keeps a processor busy. Under emulation the first line comes
# after 0.15 to 0.3 s of it, or 1.6 s if the kernel is a compressed one: KVM that needs as much is
# of no use, whether the guest hangs or not. Seconds of the processor do not grow on a busy host.
BUSY_SECONDS = 1.6
LONGEST_PROBE_SECONDS = 30.0
POLL_SECONDS = 0.02
SIGN_OF_LIFE = "Linux version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceleration:
    """What was chosen, and why."""

    accelerator: str
    reason: str

    def describe(self) -> str:
        """Return the sentence for the log."""
        chosen = "KVM" if self.accelerator == "kvm" else "emulation (TCG)"
        return f"acceleration: {chosen}, because {self.reason}"


async def choose_acceleration(
    configuration: AccelerationConfiguration,
    environment: Mapping[str, str],
    device: Path = KVM_DEVICE,
) -> Acceleration:
    """Find out what works here. Raises AccelerationMissing if KVM is required and does not."""
    if configuration.policy == "never":
        return Acceleration(accelerator="tcg", reason="the policy is `never` to use KVM")
    problem = _device_problem(device)
    if problem is None and configuration.kernel is not None:
        problem = await _boot_problem(configuration.qemu, configuration.kernel, environment)
    if problem is None:
        proof = (
            "a Linux kernel boots under it"
            if configuration.kernel is not None
            else f"{device} can be opened (no kernel was given to try it with)"
        )
        return Acceleration(accelerator="kvm", reason=proof)
    if configuration.policy == "require":
        raise AccelerationMissing(problem)
    return Acceleration(accelerator="tcg", reason=problem)


def _device_problem(device: Path) -> str | None:
    try:
        os.close(os.open(device, os.O_RDWR | os.O_CLOEXEC))
    except FileNotFoundError:
        return f"{device} does not exist"
    except OSError as error:
        return f"{device} cannot be opened ({error.strerror})"
    return None


def probe_command(qemu: str, kernel: str) -> list[str]:
    """Return the command that boots a kernel under KVM until it panics for want of a root."""
    return [
        qemu,
        *("-accel", "kvm", "-cpu", "max", "-m", "256", "-kernel", kernel),
        *("-append", "console=ttyS0 earlyprintk=ttyS0 panic=-1", "-no-reboot"),
        *("-display", "none", "-serial", "stdio", "-nodefaults"),
    ]


async def _boot_problem(qemu: str, kernel: str, environment: Mapping[str, str]) -> str | None:
    """Boot a kernel for a moment: on some hosts KVM exists, and a guest hangs in it silently."""
    trial = _Trial()
    process = Process("the trial of KVM", trial.listen)
    with tempfile.TemporaryDirectory(prefix="td-kvm-") as folder:
        try:
            process.start(probe_command(qemu, kernel), cwd=Path(folder), environment=environment)
        except ProgramMissing as error:
            return f"{KVM_DEVICE} could not be tried: {error}"
        try:
            return await trial.problem(process)
        finally:
            await process.kill()


class _Trial:
    """Watches the serial console of the kernel that is tried."""

    def __init__(self) -> None:
        self._spoke = False
        self._last_output = time.monotonic()

    def listen(self, line: str) -> None:
        self._last_output = time.monotonic()
        self._spoke = self._spoke or SIGN_OF_LIFE in line

    async def problem(self, process: Process) -> str | None:
        end = time.monotonic() + LONGEST_PROBE_SECONDS
        spoke_at, used_before = self._last_output, 0.0
        while not self._spoke:
            used = processor_seconds(process.pid)
            if spoke_at != self._last_output:
                spoke_at, used_before = self._last_output, used
            silence = f"{KVM_DEVICE} exists but a Linux kernel printed nothing within "
            if used - used_before >= BUSY_SECONDS:
                return f"{silence}{BUSY_SECONDS:g} s of a processor under it"
            if time.monotonic() >= min(self._last_output + SILENCE_SECONDS, end):
                return f"{silence}{SILENCE_SECONDS:g} s under it"
            status = await process.wait(POLL_SECONDS)
            if status is not None and not self._spoke:
                said = process.output().strip().replace("\n", "; ")
                return f"{KVM_DEVICE} exists but QEMU ended under it ({exit_text(status)}): {said}"
        return None


def processor_seconds(pid: int) -> float:
    """Return how long a process has kept processors busy; nothing if it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return 0.0
    # After the name, which may hold anything; user and system are the 12th and 13th from there.
    user, system = stat.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
