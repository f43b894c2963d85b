"""Trouble in the results of a test, whether it has passed or failed, and kinds that fail it."""

import json
import re
from xml.etree import ElementTree

import pytest

from ..conftest import DriverProcess
from ..report.test_html_report import first_screen

ASAN = "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1"
SCRIPT = f"""\
machine1.succeed("echo '{ASAN}' >&2; echo 'a.c:1:2: runtime error: <b>' >&2")
with two_2.expect_crash("core-dump"):
    two_2.succeed("echo 'sh: line 1: 42 Aborted (core dumped) app' >&2")
machine1.crash()
"""
FIRST = f"machine1: sanitizer: {ASAN}"
EXPECTED = "two-2: core-dump: sh: line 1: 42 Aborted (core dumped) app"


def events(driver: DriverProcess) -> list[dict[str, object]]:
    """Return the events of trouble."""
    lines = (driver.output / "events.jsonl").read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["kind"] == "trouble"]


def test_a_test_that_passes_tells_of_trouble(driver_process: DriverProcess) -> None:
    result = driver_process.run(SCRIPT)
    assert result.returncode == 0, result.stderr
    lines = result.stderr.splitlines()
    assert re.fullmatch(
        r"test unit passed, in \S+ seconds; "
        r"trouble was seen: 2 sanitizer, 1 core-dump \(expected\)",
        lines[-1],
    )
    assert lines[-5:-1] == [
        "trouble in machines: 2 sanitizer, 1 core-dump (expected)",
        f"  {FIRST}",
        "  machine1: sanitizer: a.c:1:2: runtime error: <b>",
        f"  expected  {EXPECTED}",
    ]
    root = ElementTree.parse(driver_process.output / "junit.xml").getroot()
    properties = {each.attrib["name"]: each.attrib["value"] for each in root.iter("property")}
    assert properties["trouble: sanitizer"] == "2"
    assert properties["expected trouble: core-dump"] == "1"
    (output,) = root.iter("system-out")
    assert output.text is not None
    assert f"  {FIRST}" in output.text.splitlines()
    seen = first_screen(driver_process.output / "report.html")
    for text in ("passed", "Trouble in machines", ASAN, "core-dump (expected)", "error: <b>"):
        assert text in seen
    first, _, last = events(driver_process)
    assert first.pop("time")
    assert first == {
        "kind": "trouble",
        "machine": "machine1",
        "trouble": "sanitizer",
        "text": ASAN,
        "unit": None,
        "process": None,
        "expected": False,
    }
    assert last["expected"] is True


@pytest.mark.parametrize("where", ["configuration", "command line"])
def test_a_kind_that_must_not_be_fails_a_script_that_ends_well(
    driver_process: DriverProcess, where: str
) -> None:
    arguments = []
    if where == "configuration":
        driver_process.document["fail_on"] = ["sanitizer", "core-dump"]
    else:
        arguments = ["--fail-on", "core-dump", "--fail-on", "sanitizer"]
    result = driver_process.run(SCRIPT, *arguments)
    assert result.returncode == 1
    assert f"TroubleSeen: {FIRST} (a kind of trouble that fails this test" in result.stderr
    assert re.search(
        r"^test unit failed, in .*; trouble was seen: 2 sanitizer", result.stderr, re.M
    )
    seen = first_screen(driver_process.output / "report.html")
    assert f"TroubleSeen: {FIRST}" in seen


def test_kinds_that_are_only_expected_fail_nothing(driver_process: DriverProcess) -> None:
    driver_process.document["fail_on"] = ["core-dump", "failed-unit", "oom"]
    assert driver_process.run(SCRIPT).returncode == 0


def test_the_failure_of_a_script_comes_before_its_trouble(driver_process: DriverProcess) -> None:
    driver_process.document["fail_on"] = ["sanitizer"]
    result = driver_process.run(f"{SCRIPT}assert 1 == 2\n")
    assert result.returncode == 1
    assert "TroubleSeen" not in result.stderr
    assert f"  {FIRST}" in result.stderr.splitlines()
    assert "AssertionError" in first_screen(driver_process.output / "report.html")


def test_a_kind_that_the_driver_does_not_know_is_refused(driver_process: DriverProcess) -> None:
    result = driver_process.run("", "--fail-on", "oops")
    assert result.returncode == 2
    assert "argument --fail-on: invalid choice: 'oops' (choose from" in result.stderr
    assert "kernel-oops" in result.stderr


def test_a_test_without_trouble_says_nothing_of_it(driver_process: DriverProcess) -> None:
    result = driver_process.run("machine1.succeed('true')")
    assert result.returncode == 0
    assert "rouble" not in result.stderr
    assert "Trouble" not in first_screen(driver_process.output / "report.html")
    assert "rouble" not in (driver_process.output / "junit.xml").read_text()


def test_a_script_that_exits_well_is_judged_too(driver_process: DriverProcess) -> None:
    driver_process.document["fail_on"] = ["sanitizer"]
    result = driver_process.run(f"{SCRIPT}import sys\nsys.exit(0)\n")
    assert result.returncode == 1
    assert f"TroubleSeen: {FIRST}" in result.stderr
