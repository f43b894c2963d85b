"""Log lines, steps and the report."""

import io
import logging
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from test_driver.error_text import excerpt
from test_driver.log import MachineLog, say
from test_driver.report.junit import JunitReport
from test_driver.report.log_output import LogOutput
from test_driver.run.timings import Phase, TimeSpent, Wait
from test_driver.run.verdict import Outcome, Verdict
from test_driver.steps import StepLog, Steps


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def stream() -> io.StringIO:
    """Where the log goes."""
    return io.StringIO()


@pytest.fixture
def log(stream: io.StringIO) -> Iterator[LogOutput]:
    """A log at the level info."""
    output = LogOutput(stream, logging.INFO)
    yield output
    output.close()


@pytest.mark.usefixtures("log")
def test_each_line_says_which_machine_it_is_about(stream: io.StringIO) -> None:
    lines = MachineLog("web-1")
    lines.say("one\ntwo")
    lines.say("boot", console=True)
    say("about nothing")
    assert stream.getvalue() == "web-1: one\nweb-1: two\nweb-1 # boot\nabout nothing\n"


@pytest.mark.usefixtures("log")
def test_control_characters_do_not_reach_the_log(stream: io.StringIO) -> None:
    MachineLog("m").say("a\x1b[2J\x07b\tc\r")
    assert stream.getvalue() == "m: a[2Jb\tc\n"


@pytest.mark.usefixtures("log")
def test_lines_of_many_threads_stay_whole(stream: io.StringIO) -> None:
    text = "x" * 200

    def write(name: str) -> None:
        for _ in range(100):
            MachineLog(name).say(text)

    threads = [threading.Thread(target=write, args=(f"m{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 800
    assert {line.split(": ")[1] for line in lines} == {text}


def test_colours_are_for_terminals_only() -> None:
    terminal = Terminal()
    output = LogOutput(terminal, logging.INFO)
    MachineLog("m").say("boot", console=True)
    MachineLog("m").say("step", header=True)
    MachineLog("m").error("bad")
    say("plain")
    output.close()
    assert terminal.getvalue() == (
        "\x1b[2mm # boot\x1b[0m\n\x1b[1;32mm: step\x1b[0m\n\x1b[1;31mm: bad\x1b[0m\nplain\n"
    )


def test_the_file_has_the_same_lines_without_colours(tmp_path: Path) -> None:
    terminal = Terminal()
    output = LogOutput(terminal, logging.INFO)
    output.write_to(tmp_path / "log.txt")
    MachineLog("m").say("boot", console=True)
    output.close()
    assert (tmp_path / "log.txt").read_text() == "m # boot\n"


def test_a_step_is_logged_with_its_end_also_when_it_fails(stream: io.StringIO) -> None:
    log = LogOutput(stream, logging.INFO, verbose=True)
    steps = Steps([StepLog()])
    with steps.step("outer"), steps.step("inner", machine="m"):
        pass
    with pytest.raises(ValueError, match="no"), steps.step("bad", subtest=True):
        raise ValueError("no")
    log.close()
    assert re.sub(r"in \d+\.\d\d seconds", "in N seconds", stream.getvalue()) == (
        "outer\nm: inner\n"
        "m: (finished: inner, in N seconds)\n(finished: outer, in N seconds)\n"
        "subtest: bad\n(failed: bad, in N seconds)\n"
    )


def test_the_path_of_a_thread_names_its_steps_only() -> None:
    steps = Steps([])
    inside, done = threading.Event(), threading.Event()

    def other() -> None:
        with steps.step("elsewhere"):
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=other)
    thread.start()
    inside.wait(10)
    with steps.step("outer"), steps.step("inner", machine="m"):
        assert steps.path(threading.get_ident()) == "outer > m: inner"
    assert steps.path(threading.get_ident()) == ""
    done.set()
    thread.join()


def test_the_report_has_a_case_for_each_subtest_and_one_for_the_script(tmp_path: Path) -> None:
    report = JunitReport(suite="suite", path=tmp_path / "r.xml")
    steps = Steps([report])
    with steps.step("no case"), steps.step("good", subtest=True):
        pass
    with pytest.raises(ValueError, match="why"), steps.step("bad", subtest=True):
        raise ValueError("why\x00\x1b\udc80\nmore")
    verdict = Verdict(
        outcome=Outcome.FAILED, exit_status=1, headline="ValueError: why", failure="at\nlength"
    )
    spent = TimeSpent(
        seconds={Phase.BOOT: 1.5}, longest_waits=[Wait(seconds=0.25, name="a.wait_for_x()")]
    )
    report.end(seconds=2.5, verdict=verdict, spent=spent)
    root = ElementTree.parse(tmp_path / "r.xml").getroot()
    found = list(root.iter("testcase"))
    assert [case.attrib["name"] for case in found] == ["good", "bad", "main"]
    assert found[0].find("failure") is None
    bad, main = found[1].find("failure"), found[2].find("failure")
    assert bad is not None
    assert main is not None
    assert bad.attrib["message"].startswith("ValueError: why")
    assert bad.text is not None
    assert bad.text.startswith("ValueError: why")
    assert bad.text.endswith("?\nmore")
    assert main.text == "at\nlength"
    assert float(found[2].attrib["time"]) == 2.5
    properties = {each.attrib["name"]: each.attrib["value"] for each in root.iter("property")}
    assert properties == {"seconds: boot": "1.500", "longest wait 1": "a.wait_for_x(): 0.250"}
    assert [path.name for path in tmp_path.iterdir()] == ["r.xml"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("true", "true"),
        ("one\ntwo\nthree", "one\ntwo\nthree"),
        ("one\ntwo\nthree\n", "one\ntwo\nthree"),
        ("1\n2\n3\n4\n5\n", "1\n2\n3 [2 lines, 5 characters left out]"),
        ("1\n2\n3\n4", "1\n2\n3 [2 characters left out]"),
        ("x" * 300, "x" * 300),
        ("x" * 1000, "x" * 300 + " [700 characters left out]"),
        ("", ""),
    ],
)
def test_a_long_text_is_shown_by_its_beginning(text: str, shown: str) -> None:
    assert excerpt(text) == shown
