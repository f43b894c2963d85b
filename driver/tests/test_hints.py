"""A guest that runs into a known limit of its machine: errors and log name what to set."""

import logging

import pytest

from test_driver.errors import CommandFailed, UnitFailed, WaitTimedOut
from test_driver.hints import hint
from test_driver.log import MachineLog

# What mount(8) prints since it uses fsconfig, and what the kernel logs for those who do not.
MOUNT = "mount: /o/m: fsconfig() failed: overlay: filesystem on /o/u not supported as upperdir."
KERNEL = "overlayfs: filesystem on '/var/lib/docker/check/upper' not supported as upperdir"


@pytest.mark.parametrize(
    "error",
    [
        CommandFailed("a", "mount ...", "failed (exit status 32)", stderr=MOUNT),
        CommandFailed("a", "mount ... 2>&1", "failed (exit status 32)", stdout=MOUNT),
        CommandFailed("a", "dmesg; false", "failed (exit status 1)", "\n" * 500, KERNEL),
        UnitFailed("a", "docker.service", "failed", f"dockerd: {KERNEL}"),
        WaitTimedOut("a", "command `podman run ...` to succeed", 5, f"exit status 1\n{KERNEL}"),
    ],
)
def test_an_error_names_the_attribute(error: Exception) -> None:
    assert "\n  hint: an overlay cannot be the upper layer of another" in str(error)
    assert 'set `rootFilesystem = "ext4"`' in str(error)


def test_other_errors_have_no_hint() -> None:
    assert "hint" not in str(
        CommandFailed("a", "false", "failed", stderr="mount: permission denied")
    )
    assert hint("the filesystem is supported as upperdir") == ""


@pytest.mark.parametrize("line", [f"stderr: {MOUNT}", f"[    4.2] {KERNEL}"])
def test_the_log_names_the_attribute(line: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        MachineLog("a").say(line)
    said, hinted = caplog.records
    assert said.getMessage() == line
    assert hinted.levelname == "WARNING"
    assert "rootFilesystem" in hinted.getMessage()
