"""The report as one file: what is in it, what is seen first, and that nothing can be slipped in."""

import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from test_driver.report import html_data, html_report
from test_driver.report.html_data import read_report_data
from test_driver.report.html_report import unpack, write_html_report

from ..conftest import DriverProcess
from ..support.large_events import Writer, png, write_large_events

HOSTILE = (
    "</script></pre><script>window.injected = 1</script><img src=x onerror='injected()'>{{data}}"
)


def data_of(page: Path) -> Any:  # noqa: ANN401 - JSON
    """Return what a report holds for its script."""
    match = re.search(r'<script type="text/plain" id="data">([^<]*)</script>', page.read_text())
    assert match is not None
    return unpack(match[1])


def first_screen(page: Path) -> str:
    """Return the text of the head of a report."""
    match = re.search(r'<header id="verdict".*?</header>', page.read_text(), re.DOTALL)
    assert match is not None
    found: list[str] = []

    class Text(HTMLParser):
        def handle_data(self, data: str) -> None:
            found.append(data)

    Text().feed(match[0])
    return "".join(found)


def test_a_failure_is_explained_before_any_script_runs(driver_process: DriverProcess) -> None:
    result = driver_process.run(
        "answer = 41\n"
        "with subtest('good'):\n    machine1.succeed('echo to be; echo not to be >&2')\n"
        "machine1.screenshot('shot')\n"
        "with subtest('bad'):\n    t.assertEqual(answer, 42)\n"
    )
    assert result.returncode == 1
    page = driver_process.output / "report.html"
    said = first_screen(page)
    for text in (
        "failed unit",
        "AssertionFailed: 41 != 42",
        "Line 6 of the script",
        "t.assertEqual(answer, 42)",
        "answer41",
        "run the test script > bad",
    ):
        assert text in said, said
    data = data_of(page)
    assert data["machines"] == ["machine1", "two-2"]
    (command,) = data["commands"]
    assert (command["stdout"], command["stderr"], command["status"]) == (
        "to be\n",
        "not to be\n",
        0,
    )
    step = next(step for step in data["steps"] if step["number"] == command["step"])
    assert (step["kind"], step["result"]) == ("command", "passed")
    assert step["name"] == "must succeed: echo to be; echo not to be >&2"
    assert base64.b64decode(data["pictures"][0]["src"].rpartition(",")[2]) == b"\x89PNG"
    names = {entry["name"] for entry in data["evidence"] if entry["machine"] == 0}
    assert {"console.txt", "machine.txt", "screen.png", "disks.txt", "journal.txt"} <= names
    assert "Booting colourfully" in data["log"]["texts"]
    assert {len(column) for column in data["log"].values()} == {len(data["log"]["texts"])}


def test_a_test_that_passed_has_a_report_too(driver_process: DriverProcess) -> None:
    driver_process.run("machine1.succeed('true')\n")
    page = driver_process.output / "report.html"
    assert first_screen(page).split("\n")[1] == "passed unit"
    assert data_of(page)["evidence"] == []


def test_an_assertion_without_a_message_shows_its_values_in_the_log_too(
    driver_process: DriverProcess,
) -> None:
    result = driver_process.run("x = {'a': 1}\ny = 2\nassert (\n    x['a'] == y\n)\n")
    assert (
        "line 4, in <module>\n    x['a'] == y\n      x = {'a': 1}\n      y = 2\n" in result.stderr
    )


def test_the_report_can_be_made_after_the_driver_was_killed(driver_process: DriverProcess) -> None:
    driver = driver_process.spawn("with subtest('long'):\n    machine1.succeed('sleep 60')\n")
    assert driver.stdout is not None
    assert any("must succeed: sleep 60" in line for line in driver.stdout)
    driver.kill()
    driver.communicate(timeout=20)
    page = driver_process.output / "report.html"
    assert not page.exists()
    command = [sys.executable, "-m", "test_driver", "--write-report", str(driver_process.output)]
    subprocess.run(command, check=True, env=driver_process.environment(), timeout=30)
    assert "was killed unit" in first_screen(page)
    assert "the driver was killed before the test ended" in first_screen(page)
    results = {step["name"]: step["result"] for step in data_of(page)["steps"]}
    assert results["long"] == "not ended"


def test_a_folder_without_events_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "test_driver", "--write-report", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert result.returncode == 2
    assert (
        f"{tmp_path}: no report can be made: events.jsonl: No such file or directory; "
        "give the output folder of a test"
    ) in result.stderr


def hostile_page(folder: Path) -> Path:
    """Write the report of a test whose guests and script mean harm."""
    writer = Writer(folder)
    writer.write("test", name=HOSTILE, machines=["m"], script="s", source=HOSTILE, limit=1)
    step = writer.begin(HOSTILE, "m", None, subtest=True)
    writer.write("console", "m", text=HOSTILE)
    writer.write("console", "m", text="\u202egnp.exe \ud800 lone")
    details: dict[str, Any] = {
        "command": HOSTILE,
        "stdout": HOSTILE,
        "stderr": HOSTILE,
        "status": 1,
    }
    writer.write("command", "m", step=step, began=writer.now, seconds=1, timed_out=False, **details)
    writer.write("picture", "m", path=writer.file("p'<b>.png", png(4, 4, 0)))
    writer.write("evidence", "m", name="a.txt", title=HOSTILE, path=writer.file("a.txt", b"<b>"))
    writer.write("evidence", "m", name="gone.txt", title="gone", path="gone.txt")
    writer.write("evidence", "m", name="out.png", title="out", path="../outside.png")
    (folder.parent / "outside.png").write_bytes(b"secret")
    writer.end(step, "m", HOSTILE, 1.0, HOSTILE)
    line = {"line": 1, "function": HOSTILE, "text": HOSTILE, "values": {"x": HOSTILE}}
    writer.write("time-spent", seconds={HOSTILE: 1.0}, longest_waits=[])
    waiting = [{"thread": HOSTILE, "at": [HOSTILE]}]
    writer.write("failure", error="E", message=f"{HOSTILE}\n", where=[line], waiting=waiting)
    verdict: dict[str, Any] = {
        "outcome": "failed",
        "exit_status": 1,
        "headline": HOSTILE,
        "failure": HOSTILE,
    }
    writer.write("verdict", seconds=1.0, **verdict)
    writer.close()
    return write_html_report(folder)


def test_text_of_a_guest_stays_text(tmp_path: Path) -> None:
    page = hostile_page(tmp_path / "out")
    text = page.read_text()
    assert text.count("<script") == 2
    assert "<img" not in text
    assert "window.injected" in text
    assert "<script>window.injected" not in text
    data = data_of(page)
    assert data["test"]["source"] == HOSTILE
    assert data["log"]["texts"][1] == HOSTILE
    assert data["evidence"][1]["text"] == "[gone.txt cannot be read: No such file or directory]"
    assert data["evidence"][2]["src"] == ""


def test_only_the_pages_own_script_may_run(tmp_path: Path) -> None:
    text = hostile_page(tmp_path / "out").read_text()
    script = re.search(r"<script>(.*)</script>\n</body>", text, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    assert f"default-src 'none'; script-src 'sha256-{digest}'; " in policy[1]
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    assert "innerHTML" not in text


def test_a_large_test_has_a_report_of_less_than_20_mb(tmp_path: Path) -> None:
    write_large_events(tmp_path)
    page = write_html_report(tmp_path)
    assert page.stat().st_size < 20_000_000
    data = data_of(page)
    assert len(data["log"]["texts"]) > 100_000
    assert len(data["frames"]) == 160


def test_what_is_too_large_is_cut_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_report, "DATA_BYTES", 80_000)
    monkeypatch.setattr(html_report, "PICTURE_BYTES", 30_000)
    monkeypatch.setattr(html_report, "OUTPUT_CHARACTERS", 1000)
    monkeypatch.setattr(html_report, "EVIDENCE_CHARACTERS", 1000)
    write_large_events(tmp_path, machines=2, lines=5000)
    page = write_html_report(tmp_path)
    data = data_of(page)
    assert page.stat().st_size < 80_000 + 60_000
    texts = data["log"]["texts"]
    (note,) = [text for text in texts if "lines left out here; log.txt has them" in text]
    assert 0 < texts.index(note) < len(texts) - 1
    assert texts[0] == "run the test script"
    assert 0 < len(data["frames"]) < 40
    assert all(frame["src"] for frame in data["frames"])
    texts = [entry["text"] for entry in data["evidence"] if entry["name"] == "journal.txt"]
    assert all(re.match(r"\[\d+ characters left out\]\n", text) for text in texts)


def test_of_very_many_lines_the_first_and_the_last_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_data, "MOST_LINES", 6)
    writer = Writer(tmp_path)
    for number in range(20):
        writer.write("console", "m", text=f"line {number}")
        writer.write("log", "m", level="error" if number == 7 else "info", text=f"log {number}")
    writer.close()
    assert read_report_data(tmp_path).log.texts == [
        *("line 0", "log 0", "line 1"),
        "[33 lines left out here; log.txt has them]",
        "log 7",
        *("log 18", "line 19", "log 19"),
    ]


def test_half_a_line_at_the_end_is_no_obstacle(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.write("console", "m", text="whole")
    writer.close()
    with (tmp_path / "events.jsonl").open("a") as file:
        file.write(json.dumps({"time": 1, "kind": "console", "machine": "m"})[:20])
    data = read_report_data(tmp_path)
    assert data.log.texts == ["whole"]
    assert data.verdict["outcome"] == "was killed"


def test_the_last_pictures_are_shown_when_there_is_no_room_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html_report, "PICTURE_BYTES", 250)
    writer = Writer(tmp_path)
    writer.write("test", name="t", machines=["m"], script="s", source="", limit=1)
    for number in range(4):
        writer.write("picture", "m", path=writer.file(f"{number}.png", b"%d" % number * 100))
    writer.close()
    shown = {taken["path"]: bool(taken["src"]) for taken in read_pictures(tmp_path)}
    assert shown == {"0.png": False, "1.png": False, "2.png": True, "3.png": True}


def read_pictures(folder: Path) -> list[dict[str, Any]]:
    """Return the pictures of the report of a folder."""
    pictures: list[dict[str, Any]] = data_of(write_html_report(folder))["pictures"]
    return pictures
