"""What a person sees: on a terminal, in a workflow, and at the end."""

import io
import logging
import os
import pty
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from test_driver.log import MachineLog, say
from test_driver.report import terminal_log
from test_driver.report.github_actions import Groups, annotation
from test_driver.report.junit_case import Case
from test_driver.report.log_output import LogOutput
from test_driver.report.summary import LONGEST_LINE, MOST_SUBTESTS, summary
from test_driver.run.verdict import PASSED, Outcome, Verdict
from test_driver.steps import StepLog, Steps

from ..conftest import DriverProcess

FAILED = Verdict(
    outcome=Outcome.FAILED,
    exit_status=1,
    failure="at length",
    headline="E: why" + "y" * 500,
    place="script.py, line 3: bad()",
)


class Terminal:
    """A real terminal, of which what was written is read."""

    def __init__(self) -> None:
        self._master, slave = pty.openpty()
        self.stream: TextIO = os.fdopen(slave, "w", buffering=1)
        os.set_blocking(self._master, False)
        self._text = b""

    def text(self) -> str:
        """Return all that was written until now."""
        try:
            while data := os.read(self._master, 65536):
                self._text += data
        except (BlockingIOError, OSError):
            pass
        return self._text.decode().replace("\r\n", "\n")

    def close(self) -> None:
        """Close both ends."""
        self.stream.close()
        os.close(self._master)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    """A terminal on which time passes quickly."""
    monkeypatch.setattr(terminal_log, "TICK_SECONDS", 0.02)
    monkeypatch.setattr(terminal_log, "LONG_SECONDS", 0.1)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("NIX_LOG_FD", raising=False)
    made = Terminal()
    yield made
    made.close()


def wait_for(terminal: Terminal, pattern: str) -> str:
    """Wait until something was written, and return all up to it."""
    deadline = time.monotonic() + 10
    while not (found := re.search(pattern, said := terminal.text())):
        assert time.monotonic() < deadline, said
        time.sleep(0.01)
    return said[: found.end()]


def test_a_long_wait_is_shown_in_place_and_leaves_nothing(terminal: Terminal) -> None:
    log = LogOutput(terminal.stream, logging.INFO)
    steps = Steps([StepLog(), log.terminal])
    with steps.step("around"), steps.step("waiting for unit nginx", machine="web"):
        wait_for(
            terminal, r"\r\x1b\[2K\x1b\[2m\.\.\. web: waiting for unit nginx \(\d+ s\)\x1b\[0m"
        )
        say("a line")
        assert wait_for(terminal, r"a line\n").endswith("\r\x1b[2Ka line\n")
        wait_for(terminal, r"a line\n\r\x1b\[2K\x1b\[2m\.\.\. web: waiting")
    log.close()
    said = terminal.text()
    assert said.rpartition("\x1b[2K")[2].count("...") == 0
    assert said.count("\n") == 3  # two steps and a line


def test_what_is_under_way_fits_the_terminal(terminal: Terminal) -> None:
    log = LogOutput(terminal.stream, logging.INFO)
    steps = Steps([log.terminal])
    with steps.step("x\ny\x1b[2J" * 100):
        said = wait_for(terminal, r" \(\d+ s\)\x1b\[0m")
    log.close()
    shown = re.sub(r"\x1b\[2[mK]|\x1b\[0m|\r", "", said)
    assert len(shown) < 80
    assert "\n" not in shown
    assert "\x1b" not in shown


def test_without_a_terminal_nothing_is_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal_log, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(terminal_log, "LONG_SECONDS", 0.0)
    stream = io.StringIO()
    log = LogOutput(stream, logging.INFO)
    with Steps([StepLog(), log.terminal]).step("slow"):
        time.sleep(0.1)
    log.close()
    assert stream.getvalue() == "slow\n"


def test_a_builder_of_nix_has_a_terminal_that_shows_lines_alone(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIX_LOG_FD", "2")
    log = LogOutput(terminal.stream, logging.INFO)
    with Steps([StepLog(), log.terminal]).step("slow"):
        time.sleep(0.3)
        MachineLog("m").error("bad")
    log.close()
    assert terminal.text() == "\x1b[1;32mslow\x1b[0m\n\x1b[1;31mm: bad\x1b[0m\n"


def test_colours_can_be_refused(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    log = LogOutput(terminal.stream, logging.INFO)
    MachineLog("m").error("bad")
    log.close()
    assert terminal.text() == "m: bad\n"


def test_the_ends_of_short_steps_are_in_the_file_only(tmp_path: Path) -> None:
    stream = io.StringIO()
    log = LogOutput(stream, logging.INFO)
    log.write_to(tmp_path / "log.txt")
    steps = Steps([StepLog()])
    with steps.step("short"):
        pass
    with steps.step("long") as long:
        long.started -= 5
    with pytest.raises(ValueError, match="no"), steps.step("bad"):
        raise ValueError("no")
    log.close()
    assert re.sub(r"\d\.\d\d", "N", stream.getvalue()) == (
        "short\nlong\n(finished: long, in N seconds)\nbad\n(failed: bad, in N seconds)\n"
    )
    assert "(finished: short, in " in (tmp_path / "log.txt").read_text()


def test_subtests_are_groups_of_a_workflow(tmp_path: Path) -> None:
    stream = io.StringIO()
    log = LogOutput(stream, logging.INFO, workflow=True)
    log.write_to(tmp_path / "log.txt")
    steps = Steps([Groups(), StepLog()])
    with steps.step("100 %\nsure", subtest=True), steps.step("inner", subtest=True):
        say("::error::I am not GitHub's")
        MachineLog("m").say("::set-env::x\n::error::y", console=True)
        say("  ##[group]z")
    log.close()
    assert stream.getvalue().splitlines() == [
        "::group::100 %25%0Asure",
        "subtest: 100 %",
        "sure",
        "subtest: inner",
        " ::error::I am not GitHub's",
        "m # ::set-env::x",
        "m # ::error::y",
        "   ##[group]z",
        "::endgroup::",
    ]
    assert "::group::" not in (tmp_path / "log.txt").read_text()


def test_an_annotation_names_file_and_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", "/work/checkout")
    said = annotation("/work/checkout/tests/a,b.py", 7, "test x: failed", "50 %\nmore")
    assert said == "::error file=tests/a%2Cb.py,line=7,title=test x%3A failed::50 %25%0Amore"
    assert (
        annotation("/elsewhere/s.py", None, "t", "m") == "::error file=/elsewhere/s.py,title=t::m"
    )


def test_a_workflow_has_groups_and_the_failed_line(driver_process: DriverProcess) -> None:
    script = (
        "with subtest('good'):\n    pass\nwith subtest('bad'):\n    machine1.succeed('exit 7')\n"
    )
    result = driver_process.run(script, "--github-actions")
    lines = result.stderr.splitlines()
    assert [line for line in lines if line.startswith("::")][:3] == [
        "::group::good",
        "::endgroup::",
        "::group::bad",
    ]
    file = driver_process.document["test_script"]
    (error,) = [line for line in lines if line.startswith("::error ")]
    assert error.startswith(f"::error file={file},line=4,title=test unit failed::machine1: command")
    assert "exit status 7" in error
    events = (driver_process.output / "events.jsonl").read_text()
    assert "::group::" not in events
    assert (driver_process.output / "github-actions.txt").read_text() == f"{error}\n"


def test_the_annotation_is_kept_for_a_workflow_that_comes_later(
    driver_process: DriverProcess,
) -> None:
    driver_process.document["test_script_source"] = "tests/web.py"
    result = driver_process.run("pass\nassert False, 'no page'\n")
    assert "::" not in result.stderr
    kept = driver_process.output / "github-actions.txt"
    place = "::error file=tests/web.py,line=2,title=test unit failed"
    assert kept.read_text() == f"{place}::no page\n"
    assert driver_process.run("pass\n").returncode == 0
    assert kept.read_text() == ""


def test_the_summary_of_a_failure_fits_a_screen(driver_process: DriverProcess) -> None:
    result = driver_process.run(
        "with subtest('good'):\n    pass\n"
        "with subtest('bad'):\n    machine1.succeed('echo x; exit 7')\n"
    )
    end = result.stderr[result.stderr.index("where ") :].splitlines()
    assert len(end) < 24
    report = driver_process.output / "report.html"
    script = driver_process.document["test_script"]
    assert [re.sub(r"\d+\.\d\d", "N", line) for line in end[-7:]] == [
        "subtests: 1 passed, 1 failed",
        "  failed  bad (N s)",
        "CommandFailed: machine1: command `echo x; exit 7` failed (exit status 7)",
        f"{script}, line 4: machine1.succeed('echo x; exit 7')",
        "never started: two-2 (start_all() starts all machines)",
        f"the whole story: {report}",
        "test unit failed, in N seconds",
    ]


def test_a_summary_is_short_however_much_has_failed() -> None:
    case = Case(name="n" * 500, seconds=1.0, began=0.0, headline="bad")
    text = summary([case] * 100, FAILED, Path("/out"))
    lines = text.splitlines()
    assert len(lines) == MOST_SUBTESTS + 5
    assert max(map(len, lines)) == LONGEST_LINE
    assert lines[0] == "subtests: 0 passed, 100 failed"
    assert lines[MOST_SUBTESTS + 1] == "  and 92 more"
    assert lines[-2:] == ["script.py, line 3: bad()", "the whole story: /out/report.html"]
    assert summary([], PASSED, Path("/out")) == ""
