"""Loggers that a script of nixpkgs' driver makes, and the global log as one of them."""

import logging
from pathlib import Path
from xml.etree import ElementTree

import pytest

from test_driver.errors import AssertionFailed
from test_driver.log import shown_level
from test_driver.logger import (
    AbstractLogger,
    CompositeLogger,
    JunitXMLLogger,
    LogLevel,
    TerminalLogger,
    XMLLogger,
)
from test_driver.machine import QemuMachine

from .conftest import DriverProcess


def write_all(logger: AbstractLogger) -> None:
    """Write a line of each kind."""
    logger.log("plain", {"machine": "server"})
    logger.debug("too little")
    logger.info("some\x1b[1m")
    logger.warning("more")
    logger.log_serial("a line", "client")
    logger.print_serial_logs(False)
    logger.log_serial("a hidden line", "client")
    logger.set_log_level(LogLevel.WARNING)
    logger.info("hidden, too")
    logger.set_log_level(LogLevel.DEBUG)
    logger.debug("all")


def test_the_terminal_shows_lines_with_their_machine(capsys: pytest.CaptureFixture[str]) -> None:
    logger = TerminalLogger()
    write_all(logger)
    with logger.subtest("part"), logger.nested("within", {"machine": "server"}):
        logger.error("bad")
        logger.log_test_error("worse")
    written = capsys.readouterr().err
    begin = (
        "server: plain\nsome\x1b[1m\nmore\nclient # a line\nall\nsubtest: part\nserver: within\n"
    )
    assert written.startswith(f"{begin}bad\n!!! worse\nserver: (finished: within, in 0.0")
    assert "\n(finished: subtest: part, in 0.0" in written


def test_a_composite_passes_all_on(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = XMLLogger(tmp_path / "log.xml")
    logger = CompositeLogger([TerminalLogger()])
    logger.add_logger(file)
    assert len(logger.logger_list) == 2
    write_all(logger)
    with logger.subtest("part"), logger.nested("within"):
        logger.log_test_error("worse")
    with pytest.raises(SystemExit) as caught:
        logger.error("fatal", {"machine": "server"})
    assert caught.value.code == 1
    file.close()
    root = ElementTree.parse(tmp_path / "log.xml").getroot()
    assert root.tag == "logfile"
    lines = [(line.text, line.attrib) for line in root.findall("line")]
    assert lines[:4] == [
        ("plain", {"machine": "server"}),
        ("some[1m", {}),
        ("more", {}),
        ("a line", {"machine": "client", "type": "serial"}),
    ]
    assert lines[-1] == ("fatal", {"machine": "server"})
    assert [head.text for head in root.iter("head")] == ["subtest: part", "within"]
    assert root.findtext("nest/nest/line") == "!!! worse"
    assert "server: fatal" in capsys.readouterr().err


def test_a_junit_report_has_a_case_for_each_subtest(tmp_path: Path) -> None:
    logger = JunitXMLLogger(tmp_path / "report.xml")
    write_all(logger)
    with logger.subtest("good"), logger.nested("heading"):
        logger.log("within good")

    def fail() -> None:
        with logger.subtest("bad"):
            logger.error("it is bad")
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fail()
    logger.log("after")
    logger.close()
    suite = ElementTree.parse(tmp_path / "report.xml").find("testsuite")
    assert suite is not None
    assert suite.attrib == {"name": "NixOS integration test", "tests": "2", "failures": "1"}
    good, bad = suite.findall("testcase")
    assert (good.get("name"), good.findtext("system-out")) == ("good", "heading\nwithin good\n")
    assert good.find("failure") is None
    assert bad.find("failure") is not None
    assert bad.findtext("system-err") == "it is bad\n"
    assert "after" in suite.findtext("system-out", "")
    assert "hidden" not in suite.findtext("system-out", "")


@pytest.mark.parametrize("fails", [False, True])
def test_a_junit_report_without_subtests_has_one_case(fails: bool, tmp_path: Path) -> None:
    logger = JunitXMLLogger(tmp_path / "report.xml")
    if fails:
        logger.log_test_error("bad")
    logger.close()
    case = ElementTree.parse(tmp_path / "report.xml").find("testsuite/testcase")
    assert case is not None
    assert case.get("name") == "main"
    assert (case.find("failure") is not None) == fails


AT_THE_END = """\
from test_driver.logger import JunitXMLLogger

logger = JunitXMLLogger(driver.out_dir / "own.xml")
with logger.subtest("part"):
    logger.log("text")
log.log("with its machine", {"machine": "machine1"})
log.info("with its machine, too", {"machine": "machine1"})
"""


def test_a_junit_report_is_written_when_the_script_has_ended(driver_process: DriverProcess) -> None:
    result = driver_process.run(AT_THE_END)
    assert result.returncode == 0, result.stderr
    report = driver_process.output / "own.xml"
    assert ElementTree.parse(report).find("testsuite/testcase[@name='part']") is not None
    assert "machine1: with its machine\n" in result.stderr
    assert "machine1: with its machine, too\n" in result.stderr


@pytest.mark.parametrize("level", LogLevel)
def test_the_global_log_takes_each_level(level: LogLevel, machine: QemuMachine) -> None:
    try:
        machine.logger.set_log_level(level)
        assert logging.getLevelName(shown_level.level) == level.name
    finally:
        shown_level.set("info")


def test_the_global_log_is_a_logger(machine: QemuMachine, caplog: pytest.LogCaptureFixture) -> None:
    logger = machine.logger
    assert isinstance(logger, AbstractLogger)
    with caplog.at_level(logging.DEBUG):
        for method in (logger.debug, logger.info, logger.warning, logger.log_test_error):
            method("text", {"machine": "server"})
        with logger.nested("heading", {"machine": "server"}) as step:
            assert step.title() == "server: heading"
        with logger.subtest("part", {"other": "x"}) as step:
            assert step.title() == "part"
    told = [record for record in caplog.records if record.getMessage() == "text"]
    assert [record.name for record in told] == ["test_driver.machines.server"] * 4
    with pytest.raises(AssertionFailed, match="server: bad"):
        logger.error("bad", {"machine": "server"})
