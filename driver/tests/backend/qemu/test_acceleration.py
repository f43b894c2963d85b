"""The choice between KVM and emulation."""

import os
import time
from pathlib import Path
from typing import Literal

import pytest

from test_driver.backend.qemu.acceleration import (
    Acceleration,
    choose_acceleration,
    probe_command,
    processor_seconds,
)
from test_driver.configuration import AccelerationConfiguration
from test_driver.errors import AccelerationMissing
from test_driver.loop import LoopThread

from ...conftest import ENVIRONMENT

Policy = Literal["prefer", "require", "never"]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("test_driver.backend.qemu.acceleration.SILENCE_SECONDS", 0.5)


def choose(
    loop: LoopThread,
    folder: Path,
    qemu: str,
    policy: Policy = "prefer",
    device: str = "/dev/null",
    kernel: str | None = "/boot/vmlinuz",
) -> Acceleration:
    """Choose with a QEMU that is a shell script."""
    program = folder / "qemu"
    program.write_text(f"#!/bin/sh\n{qemu}\n")
    program.chmod(0o755)
    configuration = AccelerationConfiguration(policy=policy, kernel=kernel, qemu=str(program))
    return loop.run(choose_acceleration(configuration, ENVIRONMENT, Path(device)))


def test_a_kernel_that_speaks_proves_kvm(loop: LoopThread, tmp_path: Path) -> None:
    chosen = choose(loop, tmp_path, "echo SeaBIOS; echo '[ 0.0] Linux version 6'; sleep 60")
    assert chosen.describe() == "acceleration: KVM, because a Linux kernel boots under it"


def test_a_kernel_that_is_silent_means_emulation(loop: LoopThread, tmp_path: Path) -> None:
    started = time.monotonic()
    chosen = choose(loop, tmp_path, "echo Booting from ROM..; sleep 60")
    assert chosen.describe() == (
        "acceleration: emulation (TCG), because /dev/kvm exists but a Linux kernel printed "
        "nothing within 0.5 s under it"
    )
    assert time.monotonic() - started < 20


def test_a_kernel_that_is_silent_and_busy_is_given_up_sooner(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.backend.qemu.acceleration.SILENCE_SECONDS", 60.0)
    monkeypatch.setattr("test_driver.backend.qemu.acceleration.BUSY_SECONDS", 0.3)
    chosen = choose(loop, tmp_path, "echo Booting from ROM..; while :; do :; done")
    assert chosen.reason == (
        "/dev/kvm exists but a Linux kernel printed nothing within 0.3 s of a processor under it"
    )


def test_a_busy_kernel_that_goes_on_writing_is_given_time(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.backend.qemu.acceleration.SILENCE_SECONDS", 60.0)
    monkeypatch.setattr("test_driver.backend.qemu.acceleration.BUSY_SECONDS", 0.5)
    busy = "n=0; while [ $n -lt 200000 ]; do n=$((n + 1)); done"
    qemu = f"for i in 1 2 3 4 5 6 7 8 9 10; do {busy}; echo $i; done"
    assert choose(loop, tmp_path, f"{qemu}; echo Linux version 6; sleep 60").accelerator == "kvm"


def test_a_process_that_is_gone_uses_no_processor() -> None:
    assert processor_seconds(2**22 + 1) == 0.0
    assert processor_seconds(os.getpid()) > 0.0


def test_a_slow_kernel_that_goes_on_writing_is_given_time(loop: LoopThread, tmp_path: Path) -> None:
    chosen = choose(
        loop,
        tmp_path,
        "for i in 1 2 3 4; do echo $i; sleep 0.3; done; echo Linux version 6; sleep 60",
    )
    assert chosen.accelerator == "kvm"


def test_an_endless_talker_is_not_listened_to_for_ever(
    loop: LoopThread, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.backend.qemu.acceleration.LONGEST_PROBE_SECONDS", 1.0)
    assert choose(loop, tmp_path, "while :; do echo x; sleep 0.1; done").accelerator == "tcg"


def test_a_qemu_that_ends_is_quoted(loop: LoopThread, tmp_path: Path) -> None:
    chosen = choose(loop, tmp_path, "echo failed to initialize kvm >&2; exit 1")
    assert chosen.reason == (
        "/dev/kvm exists but QEMU ended under it (exit status 1): failed to initialize kvm"
    )


def test_a_qemu_that_is_missing_is_told(loop: LoopThread) -> None:
    configuration = AccelerationConfiguration(policy="prefer", kernel="/k", qemu="/no/such")
    chosen = loop.run(choose_acceleration(configuration, ENVIRONMENT, Path("/dev/null")))
    assert "could not be tried: cannot start the trial of KVM" in chosen.reason


def test_no_device_means_emulation(loop: LoopThread, tmp_path: Path) -> None:
    chosen = choose(loop, tmp_path, "exit 1", device="/no/kvm")
    assert chosen.reason == "/no/kvm does not exist"


def test_a_device_that_cannot_be_opened_means_emulation(loop: LoopThread, tmp_path: Path) -> None:
    chosen = choose(loop, tmp_path, "exit 1", device=str(tmp_path))
    assert chosen.reason == f"{tmp_path} cannot be opened (Is a directory)"


def test_without_a_kernel_the_device_is_believed(loop: LoopThread, tmp_path: Path) -> None:
    chosen = choose(loop, tmp_path, "exit 1", kernel=None)
    assert chosen.accelerator == "kvm"
    assert "/dev/null can be opened (no kernel was given to try it with)" in chosen.reason


def test_never_tries_nothing(loop: LoopThread, tmp_path: Path) -> None:
    chosen = choose(loop, tmp_path, "exit 1", policy="never", device="/no/kvm")
    assert chosen.describe() == (
        "acceleration: emulation (TCG), because the policy is `never` to use KVM"
    )


def test_require_without_kvm_says_what_to_do(loop: LoopThread, tmp_path: Path) -> None:
    expected = (
        "this test requires KVM, but /no/kvm does not exist; run it on a host with working KVM, "
        "or set the acceleration policy to `prefer` or `never` to run it under emulation"
    )
    with pytest.raises(AccelerationMissing, match=expected):
        choose(loop, tmp_path, "exit 1", policy="require", device="/no/kvm")


def test_the_probe_boots_the_kernel_with_a_serial_console() -> None:
    command = probe_command("/bin/qemu", "/boot/k")
    assert command[:3] == ["/bin/qemu", "-accel", "kvm"]
    assert "console=ttyS0 earlyprintk=ttyS0 panic=-1" in command
