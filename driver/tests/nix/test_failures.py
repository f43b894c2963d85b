"""Why a build failed, from texts of Nix 2.18 to 2.31."""

import pytest

from test_driver.nix.failures import Reason, failure_of

WEB = "/nix/store/dk55-vm-test-report-web.drv"
DB = "/nix/store/dk55-vm-test-report-db.drv"
STORE = "ssh-ng://root@builder"


@pytest.mark.parametrize(
    ("errors", "reason", "status"),
    [
        ([f"builder for '{WEB}' failed with exit code 3"], Reason.STATUS, 3),
        (
            [f"builder for '{WEB}' failed with exit code 3;\n last 10 log lines:\n > x"],
            Reason.STATUS,
            3,
        ),
        ([f"Cannot build '{WEB}'.\nReason: builder failed with exit code 2."], Reason.STATUS, 2),
        ([f"builder for '{WEB}' failed with exit code 143"], Reason.SIGNAL, 15),
        ([f"builder for '{WEB}' failed due to signal 9 (Killed)"], Reason.SIGNAL, 9),
        ([f"1 dependencies of derivation '{WEB}' failed to build"], Reason.DEPENDENCY, None),
        ([f"Cannot build '{WEB}'.\nReason: 1 dependency failed."], Reason.DEPENDENCY, None),
        ([f"building '{WEB}' timed out after 60 seconds"], Reason.TIMED_OUT, None),
        (["writing to file: No space left on device"], Reason.DISK_FULL, None),
        (["SQLite database or disk is full"], Reason.DISK_FULL, None),
        (
            ["a 'x86_64-linux' with features {kvm} is required to build 'x'"],
            Reason.NO_MACHINE,
            None,
        ),
        (["Unable to start any build;\nremote machines may not"], Reason.NO_MACHINE, None),
        (["cannot open connection to remote store: Connection refused"], Reason.LOST, None),
        ([], Reason.OTHER, None),
    ],
)
def test_reasons(errors: list[str], reason: Reason, status: int | None) -> None:
    found = failure_of(WEB, errors, 1)
    assert (found.reason, found.status) == (reason, status)


def test_the_end_on_another_machine_counts_before_that_of_the_local_nix() -> None:
    errors = [
        f"build of '{WEB}' on '{STORE}' failed: builder for '{WEB}' failed with exit code 3",
        f"builder for '{WEB}' failed with exit code 1",
    ]
    found = failure_of(WEB, errors, 1, STORE)
    assert (found.reason, found.status) == (Reason.STATUS, 3)
    assert found.text.startswith(f"on {STORE}: ")


def test_a_run_is_lost_that_another_machine_says_nothing_of() -> None:
    errors = [
        "Nix daemon disconnected unexpectedly (maybe it crashed?)",
        f"builder for '{WEB}' failed with exit code 1",
    ]
    found = failure_of(WEB, errors, 1, STORE)
    assert found.reason is Reason.LOST
    assert found.text == f"on {STORE}: Nix daemon disconnected unexpectedly (maybe it crashed?)"


def test_a_run_is_lost_whose_machine_fails_without_its_end() -> None:
    errors = [f"build of '{WEB}' on '{STORE}' failed: unexpected end-of-file"]
    assert failure_of(WEB, errors, 1, STORE).reason is Reason.LOST


def test_what_a_test_writes_is_no_reason() -> None:
    said = f"builder for '{WEB}' failed with exit code 2"
    text = f"{said};\nlast 2 log lines:\n> No space left on device"
    assert failure_of(WEB, [text], 1).reason is Reason.STATUS


def test_the_end_of_another_derivation_does_not_count() -> None:
    errors = [f"builder for '{DB}' failed with exit code 3", "something else"]
    found = failure_of(WEB, errors, 1)
    assert (found.reason, found.text) == (Reason.OTHER, "something else")


@pytest.mark.parametrize(
    ("status", "reason", "found_status"),
    [
        (3, Reason.STATUS, 3),
        (2, Reason.STATUS, 2),
        (137, Reason.SIGNAL, 9),
        (1, Reason.DEPENDENCY, None),
    ],
)
def test_an_attempt_of_a_flaky_test_is_a_run(
    status: int, reason: Reason, found_status: int | None
) -> None:
    attempt = WEB.replace("web", "web-attempt-1")
    errors = [
        f"builder for '{attempt}' failed with exit code {status}",
        f"1 dependencies of derivation '{WEB}' failed to build",
    ]
    found = failure_of(WEB, errors, 1)
    assert (found.reason, found.status) == (reason, found_status)
    assert attempt in found.text


def test_nix_itself_was_killed() -> None:
    found = failure_of(WEB, [], -9)
    assert (found.reason, found.text) == (Reason.LOST, "`nix build` was killed by signal 9")
