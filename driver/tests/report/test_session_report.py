"""What a session at the prompt leaves of its runs of the script."""

import re
from pathlib import Path
from xml.etree import ElementTree

from test_driver.report.html_data import read_report_data

from ..conftest import DriverProcess, Terminals
from ..interactive.test_rehearsal import PROMPT, SCRIPT, begin, leave, say
from .test_html_report import data_of


def test_each_run_of_the_script_is_in_the_reports(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    session = begin(driver_process, terminals)
    output = driver_process.output
    assert not (output / "junit.xml").exists()
    place = r"report, updated after each run and at the end: (\S+)"
    assert say(session, "test_script()", "AssertionError: still wrong", place) == str(
        output / "report.html"
    )
    assert verdict(output) == "unit failed"
    page = (output / "report.html").read_text()
    assert "Line 15 of the script" in page
    assert "still wrong" in page
    assert cases(output) == {"one": True, "two": False, "main": False}
    corrected = SCRIPT.replace("== 3", "== 2").replace("three", "drei")
    Path(driver_process.document["test_script"]).write_text(corrected)
    session.sendline("rerun()")
    session.expect("the test script has passed")
    session.expect(PROMPT)
    assert "report, updated" not in session.before
    assert verdict(output) == "unit passed"
    assert cases(output) == {"one": True, "two": True, "drei": True, "main": True}
    assert "echo drei" in read_report_data(output).test["source"]
    say(session, "run_subtest('drei')")
    say(session, "log.log('a last line')")
    leave(session)
    assert "a last line" in data_of(output / "report.html")["log"]["texts"]


def verdict(folder: Path) -> str:
    """Return the title of the report in a folder."""
    return str(re.findall("<title>(.*)</title>", (folder / "report.html").read_text())[0])


def cases(folder: Path) -> dict[str, bool]:
    """Return the cases of the JUnit report in a folder, and whether they have passed."""
    found = ElementTree.parse(folder / "junit.xml").iter("testcase")
    return {case.get("name", ""): case.find("failure") is None for case in found}


def test_a_session_without_a_run_says_so_in_its_report(
    driver_process: DriverProcess, terminals: Terminals
) -> None:
    session = begin(driver_process, terminals)
    say(session, "machine1.succeed('true')")
    leave(session)
    assert verdict(driver_process.output) == "unit was rehearsed, its script not run"
    assert not (driver_process.output / "junit.xml").exists()
