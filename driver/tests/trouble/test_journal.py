"""Trouble in what programs write: in the journal, on the console, to the stderr of commands."""

import re

import pytest

from test_driver.trouble.journal import PATTERN, read_entry, read_output, read_spoken

FAILED = "app.service: Failed with result 'exit-code'."
DUMPED = "app.service: Main process exited, code=dumped, status=11/SEGV"
KILLED = "app.service: A process of this unit has been killed by the OOM killer."
ASAN = "==123==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010"

MANAGER = [
    ("failed-unit", FAILED),
    ("failed-unit", "mnt-data.mount: Failed with result 'timeout'."),
    ("failed-unit", "tpl@10.0.0.1.service: Failed with result 'start-limit-hit'."),
    ("failed-unit", "app.socket: Failed with result 'resources'."),
    ("failed-unit", "session-3.scope: Failed with result 'timeout'."),
    ("core-dump", DUMPED),
    ("core-dump", "app.service: Main process exited, code=dumped, status=6/ABRT"),
    ("core-dump", "app.service: Control process exited, code=dumped, status=4/ILL"),
    ("core-dump", "mnt.mount: Mount process exited, code=dumped, status=7/BUS"),
    ("oom", KILLED),
    ("oom", "app.service: systemd-oomd killed 3 process(es) in this unit."),
]
OUTPUT = [
    ("sanitizer", ASAN),
    ("sanitizer", "==7==ERROR: LeakSanitizer: detected memory leaks"),
    ("sanitizer", "==7==WARNING: MemorySanitizer: use-of-uninitialized-value"),
    ("sanitizer", "WARNING: ThreadSanitizer: data race (pid=12)"),
    ("sanitizer", "foo.c:12:3: runtime error: signed integer overflow: 2147483647 + 1"),
    ("sanitizer", "/src/a b.c:9: runtime error: index 5 out of bounds for type 'int[3]'"),
    ("sanitizer", "==9==ERROR: HWAddressSanitizer: tag-mismatch on address 0x1"),
    ("sanitizer", "==1==ERROR: UndefinedBehaviorSanitizer: SEGV on unknown address"),
    ("sanitizer", "\x1b[1m\x1b[31m==5==ERROR: AddressSanitizer: stack-overflow\x1b[1m\x1b[0m"),
    ("core-dump", "bash: line 2:   383 Segmentation fault      (core dumped) ./app --fast"),
    ("core-dump", "Segmentation fault (core dumped)"),
    ("core-dump", "/srv/run.sh: line 9:  1234 Aborted                 (core dumped) ./app"),
    ("core-dump", "sh: 1: 77 Illegal instruction (core dumped)"),
    ("core-dump", "Trace/breakpoint trap (core dumped)"),
    ("core-dump", "bash: line 1:    12 Floating point exception(core dumped) ./div"),
]
NOTHING = [
    "SUMMARY: AddressSanitizer: heap-use-after-free a.c:3 in main",
    "AddressSanitizer: failed to intercept 'memcpy'",
    "built with AddressSanitizer",
    "no core dumped today",
    "bash: line 2:   383 Segmentation fault      ./app",
    "runtime error: none",
    "the OOM killer is asleep",
    "Failed with result 'exit-code'.",
]


def entry(message: object, name: str, **more: object) -> dict[str, object]:
    """Return an entry of the journal."""
    return {"MESSAGE": message, "SYSLOG_IDENTIFIER": name, "_PID": "9", **more}


@pytest.mark.parametrize(("kind", "text"), MANAGER)
def test_what_systemd_says_of_its_units(kind: str, text: str) -> None:
    assert re.search(PATTERN, text)  # else a guest would not be asked for it
    for found in (read_entry(entry(text, "systemd")), read_spoken(f"systemd[1]: {text}")):
        assert found is not None
        assert found.kind == kind
        assert found.units == (text.split(": ")[0],)
        assert found.text == text


@pytest.mark.parametrize(("kind", "text"), OUTPUT)
def test_what_programs_and_shells_say(kind: str, text: str) -> None:
    assert re.search(PATTERN, text)
    (found, spoken) = (read_output(text), read_spoken(f"app[12]: {text}"))
    assert found is not None
    assert spoken is not None
    assert found.kind == spoken.kind == kind
    written = read_entry(entry(list(text.encode()), "app", _SYSTEMD_UNIT="app.service"))
    assert written is not None
    assert (written.kind, written.units, written.process) == (kind, ("app.service",), "app[9]")


@pytest.mark.parametrize("text", [*NOTHING, *(text for _, text in MANAGER)])
def test_what_no_program_can_say_for_systemd(text: str) -> None:
    assert read_output(text) is None
    assert read_entry(entry(text, "app")) is None
    assert read_spoken(f"app[12]: {text}") is None


def test_systemd_says_nothing_of_slices() -> None:
    """It says the same of a unit in them."""
    assert read_entry(entry(KILLED.replace("app.service", "system.slice"), "systemd")) is None


@pytest.mark.parametrize(
    "text",
    [
        "Process 123 (app) of user 0 dumped core.\n\nStack trace of thread 123:\n#0 0x1 main",
        "Process 123 (app) of user 1000 terminated abnormally with signal 11/SEGV, processing...",
        "Process 123 (app) of user 1000 terminated abnormally without generating a coredump.",
    ],
)
def test_what_systemd_coredump_says(text: str) -> None:
    found = read_entry(entry(text, "systemd-coredump", COREDUMP_UNIT="app.service"))
    assert found is not None
    assert (found.kind, found.units, found.pid) == ("core-dump", ("app.service",), 123)
    assert "\n" not in found.text


def test_messages_of_the_kernel_are_read_elsewhere() -> None:
    assert read_entry(entry(ASAN, "kernel", _TRANSPORT="kernel")) is None


@pytest.mark.parametrize("message", [None, 5, ["x"], [300, -1], {}, ""])
def test_an_entry_without_a_text_is_no_error(message: object) -> None:
    assert read_entry({"MESSAGE": message}) is None
