"""A boot that ends in emergency or rescue mode."""

import json

import pytest

from test_driver.machine.boot_mode import boot_result


def answer(
    *,
    mode: str = "emergency",
    booted: str = "0",
    led_there: str = "local-fs.target",
    command_line: str = "root=/dev/vda quiet",
    default: str = "multi-user.target",
    failed: str = "",
    journal: tuple[object, ...] = (),
) -> str:
    """Return what a guest answers to the question."""
    targets = [
        f"Id={name}.target\nActiveState={'active' if name == mode else 'inactive'}\n"
        f"OnFailureOf={led_there}\n"
        for name in ("emergency", "rescue")
    ]
    sysinit = f"Id=sysinit.target\nActiveState=inactive\nActiveEnterTimestampMonotonic={booted}\n"
    lines = "".join(f"{json.dumps(entry)}\n" for entry in journal)
    units = "\n".join([*targets, sysinit])
    return f"{units}---\n{command_line}\n{default}\n---\n{failed}---\n{lines}"


def test_a_boot_that_ended_in_emergency_mode_is_told_with_its_units() -> None:
    entries = (
        {"UNIT": "srv.mount", "MESSAGE": "Dependency failed for /srv."},
        {"UNIT": "srv.mount", "MESSAGE": "Job srv.mount/start failed."},
        "no object",
    )
    found = boot_result(answer(failed="disk.service loaded failed failed Disk\n", journal=entries))
    assert found is not None
    assert found.mode == "emergency"
    assert found.failed == ("disk.service", "srv.mount")
    assert found.journal == "Dependency failed for /srv.\nJob srv.mount/start failed."


def test_a_failure_before_journald_ran_is_told_without_the_name_of_its_unit() -> None:
    entries = ({"_TRANSPORT": "kernel", "MESSAGE": "Dependency failed for srv.mount - /srv."},)
    found = boot_result(answer(journal=entries))
    assert found is not None
    assert found.failed == ()
    assert found.journal == "Dependency failed for srv.mount - /srv."


@pytest.mark.parametrize(
    "asked_for",
    [
        {"command_line": "quiet systemd.unit=emergency.target"},
        {"command_line": "quiet emergency"},
        {"command_line": "single", "mode": "rescue"},
        {"command_line": "quiet systemd.unit=rescue.target", "mode": "rescue"},
        {"default": "rescue.target", "mode": "rescue"},
        {"booted": "1234"},  # `systemctl isolate emergency.target`
        {"booted": "1234", "mode": "rescue"},
    ],
)
def test_a_mode_that_was_asked_for_is_no_failure(asked_for: dict[str, str]) -> None:
    assert boot_result(answer(**asked_for)) is None  # type: ignore[arg-type]  # all are text


@pytest.mark.parametrize(
    "unasked",
    [
        {},
        {"mode": "rescue"},
        {"booted": "1", "led_there": "a.service b.service", "failed": "b.service loaded failed\n"},
        {"command_line": "quiet emergency.log=/x single-user=no"},
        {"default": "graphical.target"},
    ],
)
def test_a_mode_that_a_failure_led_to_ends_the_boot(unasked: dict[str, str]) -> None:
    assert boot_result(answer(**unasked)) is not None  # type: ignore[arg-type]  # all are text


def test_a_boot_that_goes_on_has_no_result() -> None:
    assert boot_result(answer(mode="none")) is None
    assert boot_result("") is None
