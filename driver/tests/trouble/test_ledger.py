"""Trouble of machines: each thing is counted once, and what is expected fails nothing."""

import json
import time
from pathlib import Path

import pytest

from test_driver.errors import CrashNotSeen, TroubleSeen, TroubleUnknown
from test_driver.machine import QemuMachine
from test_driver.run.verdict import judge
from test_driver.trouble.ledger import SAVED, Expectation, TroubleLedger
from test_driver.trouble.lines import counts_text, trouble_lines
from test_driver.trouble.survey import SECTION, ask_all, take_answer

from .test_journal import ASAN, DUMPED, FAILED, KILLED

WARNING = "WARNING: CPU: 0 PID: 7 at kernel/foo.c:3 bar+0x1/0x2"
OOM = "Memory cgroup out of memory: Killed process 324 (eat) total-vm:1kB"
VICTIM = (
    "oom-kill:constraint=CONSTRAINT_MEMCG,task_memcg=/system.slice/app.service,task=eat,pid=324"
)


def answer(kernel: str = "", journal: list[tuple[float, str, str]] | None = None) -> str:
    """Return what a guest answers; the journal has the seconds, the speaker and the message."""
    entries = [
        json.dumps(
            {
                "MESSAGE": text,
                "SYSLOG_IDENTIFIER": name,
                "_PID": "12",
                "_SYSTEMD_UNIT": "init.scope" if name == "systemd" else "app.service",
                "__MONOTONIC_TIMESTAMP": str(int(seconds * 1e6)),
            }
        )
        for seconds, name, text in journal or []
    ]
    lines = "\n".join(entries)
    return f"{SECTION}kernel\n{kernel}\n{SECTION}journal\n{lines}\n{SECTION}units\n"


class FakeConsole:
    """Knows how often a machine has begun to boot."""

    boots = 1


def kinds(ledger: TroubleLedger) -> list[str]:
    """Return the kinds of what was seen."""
    return [one.kind for one in ledger.all]


def test_a_line_of_the_console_and_of_the_kernels_log_is_one() -> None:
    ledger = TroubleLedger()
    server = ledger.of("server", FakeConsole())
    server.console_line(f"[   12.000000] {WARNING}")
    take_answer(server, answer(f"[   12.000000] {WARNING}\n[   13.000000] {WARNING}"))
    take_answer(server, answer(f"[   12.000000] {WARNING}\n[   13.000000] {WARNING}"))
    assert kinds(ledger) == ["kernel-warning"] * 2


def test_the_same_line_on_two_machines_is_two() -> None:
    ledger = TroubleLedger()
    for name in ("a", "b"):
        ledger.of(name, FakeConsole()).console_line(f"[   12.000000] {WARNING}")
    assert [one.machine for one in ledger.all] == ["a", "b"]


def test_the_kernel_and_systemd_tell_of_one_kill() -> None:
    ledger = TroubleLedger()
    server = ledger.of("server", FakeConsole())
    killed = [(20.5, "systemd", KILLED)]
    log = f"[   20.0] x\n[   20.000000] {VICTIM}\n[   20.000001] {OOM}"
    take_answer(server, answer(log, killed))
    assert kinds(ledger) == ["oom"]
    assert (ledger.all[0].unit, ledger.all[0].process) == ("app.service", "eat[324]")
    # Another one, of which only systemd tells.
    take_answer(server, answer("", [*killed, (30.0, "systemd", KILLED)]))
    assert kinds(ledger) == ["oom"] * 2


def test_console_and_journal_tell_of_one_failure_whatever_their_clocks_say() -> None:
    ledger = TroubleLedger()
    server = ledger.of("server", FakeConsole())
    server.console_line(f"[   20.123456] systemd[1]: {FAILED}")
    take_answer(server, answer("", [(20.1, "systemd", FAILED)]))
    assert kinds(ledger) == ["failed-unit"]
    take_answer(server, answer("", [(20.1, "systemd", FAILED), (25.0, "systemd", FAILED)]))
    server.console_line(f"[   25.000001] systemd[1]: {FAILED}")
    assert kinds(ledger) == ["failed-unit"] * 2


def test_systemd_and_its_helper_tell_of_one_core_dump() -> None:
    dump = "Process 99 (app) of user 0 dumped core."
    entry = {"MESSAGE": dump, "SYSLOG_IDENTIFIER": "systemd-coredump"}
    entry |= {"COREDUMP_UNIT": "app.service", "__MONOTONIC_TIMESTAMP": "21000000"}
    told = answer("", [(20.0, "systemd", DUMPED)]).replace(
        f"\n{SECTION}units", f"\n{json.dumps(entry)}\n{SECTION}units"
    )
    ledger = TroubleLedger()
    take_answer(ledger.of("server", FakeConsole()), told)
    assert kinds(ledger) == ["core-dump"]
    # What a shell has said of the same process is the same.
    other = TroubleLedger()
    server = other.of("server", FakeConsole())
    server.output(b"bash: line 1:   99 Segmentation fault      (core dumped) app\n")
    take_answer(server, told.replace(DUMPED, "nothing"))
    assert kinds(other) == ["core-dump"]


def test_a_new_boot_counts_anew() -> None:
    ledger, console = TroubleLedger(), FakeConsole()
    server = ledger.of("server", console)
    for boot in (1, 2):
        console.boots = boot
        server.console_line(f"[   {boot}0.000000] systemd[1]: {FAILED}")
        take_answer(server, answer("", [(boot * 10.0, "systemd", FAILED)]))
    assert kinds(ledger) == ["failed-unit"] * 2


def test_a_line_at_the_same_time_of_another_boot_is_another_one() -> None:
    ledger, console = TroubleLedger(), FakeConsole()
    server = ledger.of("server", console)
    for boot in (1, 2):
        console.boots = boot
        server.console_line(f"[    0.000000] {WARNING}")
        take_answer(server, answer("", [(0.5, "app", ASAN)]))
    assert sorted(kinds(ledger)) == ["kernel-warning"] * 2 + ["sanitizer"] * 2


def test_what_was_before_a_machine_was_saved_is_not_counted() -> None:
    ledger, console = TroubleLedger(), FakeConsole()
    server = ledger.of("server", console)
    server.began_warm()
    log = f"[    5.000000] {WARNING}\n[   30.000000] {SAVED}\n[   40.000000] {WARNING}"
    entries = [(6.0, "systemd", FAILED), (41.0, "systemd", DUMPED)]
    take_answer(server, answer(log, entries))
    assert kinds(ledger) == ["kernel-warning", "core-dump"]
    # In its next boot nothing was before.
    console.boots = 2
    take_answer(server, answer(f"[    5.100000] {WARNING}", [(6.0, "systemd", FAILED)]))
    assert kinds(ledger)[2:] == ["kernel-warning", "failed-unit"]


def test_a_unit_that_systemd_lists_is_told_unless_the_journal_has_it() -> None:
    ledger = TroubleLedger()
    listed = "Id=app.service\nResult=exit-code\nInactiveEnterTimestampMonotonic=20000000\n"
    other = listed.replace("app", "silent")
    told = answer("", [(20.0, "systemd", FAILED)]) + f"{listed}\n{other}"
    server = ledger.of("server", FakeConsole())
    for _ in range(2):
        take_answer(server, told)
    assert [one.unit for one in ledger.all] == ["app.service", "silent.service"]


def test_a_container_has_no_kernel_of_its_own() -> None:
    ledger = TroubleLedger()
    box = ledger.of("box", FakeConsole(), True)
    box.console_line(f"[   12.000000] {WARNING}")
    box.console_line(f"[   12.000000] systemd[1]: {FAILED}")
    assert kinds(ledger) == ["failed-unit"]


@pytest.mark.parametrize(
    "garbage", ["", "x", SECTION, f"{SECTION}journal\n{{\n[]\nnull\n5", f"{SECTION}units\nId\n=\n"]
)
def test_an_answer_that_makes_no_sense_is_no_trouble(garbage: str) -> None:
    ledger = TroubleLedger()
    take_answer(ledger.of("server", FakeConsole()), garbage)
    assert ledger.all == ()


def test_only_what_is_expected_is() -> None:
    ledger = TroubleLedger(["failed-unit"])
    server = ledger.of("server", FakeConsole())
    expectation = Expectation(kind="failed-unit", unit="app.service")
    with server.expecting(expectation):
        take_answer(server, answer("", [(1.0, "systemd", FAILED)]))
        take_answer(server, answer("", [(2.0, "systemd", FAILED.replace("app", "b"))]))
        ledger.of("other", FakeConsole()).console_line(f"[    1.000000] systemd[1]: {FAILED}")
    take_answer(server, answer("", [(9.0, "systemd", FAILED)]))
    assert expectation.count == 1
    assert [one.expected for one in ledger.all] == [True, False, False, False]
    with pytest.raises(TroubleSeen) as caught:
        ledger.judge()
    first, *more = str(caught.value).splitlines()
    assert first.startswith("server: failed-unit: b.service: Failed with result 'exit-code'.")
    assert "`failOn`" in first
    assert [line.strip().split(":")[0] for line in more] == ["more of it", "other", "server"]


def test_a_report_of_a_unit_on_the_console_waits_for_the_journal_that_knows_the_unit() -> None:
    ledger = TroubleLedger()
    server = ledger.of("server", FakeConsole())
    with server.expecting(Expectation(kind="sanitizer", unit="app.service")):
        server.console_line(f"[    3.000000] app[12]: {ASAN}")
        assert not ledger.all
        take_answer(server, answer("", [(3.0, "app", ASAN)]))
    assert [(one.unit, one.expected) for one in ledger.all] == [("app.service", True)]


def test_kinds_that_are_allowed_fail_nothing() -> None:
    ledger = TroubleLedger(["oom", "stall"])
    ledger.of("server", FakeConsole()).console_line(f"[   12.000000] {WARNING}")
    ledger.judge()


def test_the_lines_for_people_are_bounded_and_have_what_is_expected_last() -> None:
    ledger = TroubleLedger()
    server = ledger.of("server", FakeConsole())
    with server.expecting(Expectation(kind="kernel-warning", unit=None)):
        server.console_line(f"[   11.000000] {WARNING}")
    for second in range(20, 40):
        server.console_line(f"[   {second}.000000] {WARNING}")
    assert counts_text(ledger.all) == "20 kernel-warning, 1 kernel-warning (expected)"
    lines = trouble_lines(ledger.all, 3)
    assert len(lines) == 5
    assert lines[-1] == "  and 18 more: events.jsonl has all"
    assert trouble_lines(ledger.all)[-1].startswith("  expected  server: kernel-warning: WARNING")
    assert trouble_lines(()) == []


def started(machine: QemuMachine) -> Path:
    """Start a machine; return the folder in which its kernel's log and its journal are."""
    machine.start()
    machine.succeed("true")
    for name in ("kernel-log", "journal"):
        (machine.state_dir / name).write_text("")
    programs = machine.state_dir / "bin"
    programs.mkdir()
    (programs / "grep").write_text("#!/bin/sh\nexit 0\n")  # the journal may have something
    (programs / "grep").chmod(0o755)
    return machine.state_dir


def ask(machine: QemuMachine) -> list[str]:
    """Ask a machine, and return the kinds of all that was seen."""
    machine.in_loop(ask_all([machine]))
    return kinds(machine.context.troubles)


def test_a_guest_is_asked_for_its_logs(machine: QemuMachine) -> None:
    folder = started(machine)
    (folder / "kernel-log").write_text(f"[   12.000000] {WARNING}\n")
    (folder / "journal").write_text(answer("", [(1.0, "systemd", FAILED)]).split("\n")[3])
    assert ask(machine) == ["kernel-warning", "failed-unit"]
    assert ask(machine) == ["kernel-warning", "failed-unit"]


def test_a_command_that_reports_to_its_stderr_is_heard(machine: QemuMachine) -> None:
    started(machine)
    machine.succeed(f"echo '{ASAN}' >&2; echo '{ASAN}'")
    with machine.spawn("echo 'a.c:1:2: runtime error: division by zero' >&2") as spawned:
        spawned.wait()
    machine.wait_until_succeeds("echo 'WARNING: ThreadSanitizer: data race (pid=1)' >&2")
    assert kinds(machine.context.troubles) == ["sanitizer"] * 3


def test_a_machine_that_is_off_or_stands_still_is_not_asked(
    machine: QemuMachine, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask(machine) == []  # it was not started
    folder = started(machine)
    (folder / "kernel-log").write_text(f"[   12.000000] {WARNING}\n")
    began = time.monotonic()
    with machine.pause():
        assert ask(machine) == []
    assert "not asked what trouble there was: it stands still" in caplog.text
    assert time.monotonic() - began < 2
    machine.crash()
    assert ask(machine) == []


def test_a_test_that_depends_on_the_answer_fails_without_one(machine: QemuMachine) -> None:
    started(machine)
    ledger = machine.context.troubles
    with machine.pause():
        ask(machine)
        ledger.judge()  # nothing depends on it
        ledger.fail_on = ("oom",)
        ask(machine)
        with pytest.raises(TroubleUnknown) as caught:
            ledger.judge()
    assert str(caught.value).startswith(
        "machine1: cannot tell whether there was trouble that fails this test, by `failOn`: "
        "the machine was not asked, because it stands still; it must run"
    )
    assert judge(caught.value, "").exit_status == 3
    ask(machine)  # it answers now, for all of this boot
    ledger.judge()
    with machine.pause():
        ask(machine)
    machine.crash()
    machine.start()
    machine.succeed("true")
    ask(machine)
    with pytest.raises(TroubleUnknown):
        ledger.judge()


def test_an_answer_about_an_earlier_boot_is_none(machine: QemuMachine) -> None:
    folder = started(machine)
    ledger = machine.context.troubles
    ledger.fail_on = ("oom",)
    (folder / "bin" / "grep").write_text("#!/bin/sh\nsleep 1\n")
    loop = machine.context.loop.loop
    loop.call_soon_threadsafe(loop.call_later, 0.3, machine.console.new_boot)
    ask(machine)
    with pytest.raises(TroubleUnknown, match="because it has begun another boot"):
        ledger.judge()


def test_a_guest_that_no_method_has_used_is_asked_if_the_test_depends_on_it(
    machine: QemuMachine,
) -> None:
    ledger = machine.context.troubles
    machine.start()
    (machine.state_dir / "kernel-log").write_text(f"[   12.000000] {WARNING}\n")
    assert ask(machine) == []
    ledger.fail_on = ("kernel-warning",)
    assert ask(machine) == ["kernel-warning"]
    with pytest.raises(TroubleSeen):
        ledger.judge()


def test_a_machine_is_asked_before_it_is_switched_off(machine: QemuMachine) -> None:
    folder = started(machine)
    (folder / "journal").write_text(answer("", [(1.0, "systemd", FAILED)]).split("\n")[3])
    machine.shutdown()
    assert kinds(machine.context.troubles) == ["failed-unit"]


def test_a_machine_is_asked_before_it_is_restored_if_the_test_depends_on_it(
    machine: QemuMachine,
) -> None:
    folder = started(machine)
    machine.context.troubles.fail_on = ("failed-unit",)
    machine.checkpoint("before")
    (folder / "journal").write_text(answer("", [(1.0, "systemd", FAILED)]).split("\n")[3])
    machine.restore("before")
    assert kinds(machine.context.troubles) == ["failed-unit"]


def test_trouble_that_is_expected_must_come(machine: QemuMachine) -> None:
    folder = started(machine)
    with machine.expect_crash("kernel-warning"):
        (folder / "kernel-log").write_text(f"[   12.000000] {WARNING}\n")
    with machine.expect_crash("sanitizer"):
        machine.succeed(f"echo '{ASAN}' >&2")
    assert [one.expected for one in machine.context.troubles.all] == [True, True]
    began = time.monotonic()
    with pytest.raises(CrashNotSeen) as caught, machine.expect_crash("oom"):
        machine.succeed(f"echo 'x.c:1: runtime error: y' >&2; echo '{ASAN}' >&2")
    assert 4 < time.monotonic() - began < 9
    assert "machine1: expect_crash: no oom was seen in the block" in str(caught.value)
    assert "timed out after 5 s" in str(caught.value)
    assert "machine1: sanitizer: x.c:1: runtime error: y" in str(caught.value)


def test_what_was_before_the_block_is_not_expected_in_it(machine: QemuMachine) -> None:
    folder = started(machine)
    (folder / "kernel-log").write_text(f"[   12.000000] {WARNING}\n")
    with machine.expect_crash("kernel-warning"), (folder / "kernel-log").open("a") as log:
        log.write(f"[   13.000000] {WARNING}\n")
    assert [one.expected for one in machine.context.troubles.all] == [False, True]


def test_the_error_of_a_block_goes_on_and_its_trouble_is_expected(machine: QemuMachine) -> None:
    folder = started(machine)

    def crash() -> None:
        with machine.expect_crash("kernel-warning"):
            (folder / "kernel-log").write_text(f"[   12.000000] {WARNING}\n")
            raise KeyError

    with pytest.raises(KeyError):
        crash()
    assert [one.expected for one in machine.context.troubles.all] == [True]


@pytest.mark.parametrize(
    ("kind", "unit", "message"),
    [
        ("oops", None, "'oops' is no kind of trouble; the kinds are kernel-oops, kernel-warning,"),
        ("kernel-oops", "app", "the kernel names no unit with kernel-oops: leave out unit='app'"),
        ("stall", "app", "the kernel names no unit with stall"),
        ("", None, "'' is no kind of trouble"),
        ("OOM", None, "'OOM' is no kind of trouble"),
    ],
)
def test_a_kind_that_cannot_be_is_refused(
    machine: QemuMachine, kind: str, unit: str | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message), machine.expect_crash(kind, unit):
        pass
