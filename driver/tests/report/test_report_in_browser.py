"""The report in a real Chromium: ready soon, shows what is chosen, in all shapes, safe.

Set REPORT_PICTURES to a folder to keep pictures of the page, for a person to look at.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from test_driver.report.html_report import write_html_report
from test_driver.test_result import TestResult

from ..support.browser import CHROMEDRIVER, CHROMIUM, Browser, browser
from ..support.large_events import Writer, end_of_test, png, write_large_events
from .test_html_report import hostile_page

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None or CHROMEDRIVER is None,
        reason="needs the programs chromium and chromedriver",
    ),
    pytest.mark.timeout(180),
]

READY_SECONDS = 2.0
SHAPES = {
    "light": {"width": 1280, "height": 900},
    "dark": {"width": 1280, "height": 900, "dark": True},
    "phone": {"width": 390, "height": 844, "phone": True},
}


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    """One browser for all."""
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a large test."""
    folder = tmp_path_factory.mktemp("large")
    write_large_events(folder)
    return write_html_report(folder)


def text_of(window: Browser, element: str) -> str:
    """Return the text that an element shows."""
    return str(window.run("return document.getElementById(arguments[0]).innerText", element))


def wait_for(window: Browser, condition: str) -> Any:  # noqa: ANN401 - JSON
    """Wait until a condition of the page is true, and return what it gave."""
    deadline = time.monotonic() + 10
    while not (found := window.run(f"return {condition}")):
        assert time.monotonic() < deadline, condition
        time.sleep(0.02)
    return found


def keep(window: Browser, name: str) -> None:
    """Keep a picture, if somebody wants to look at it."""
    if folder := os.environ.get("REPORT_PICTURES"):
        time.sleep(0.3)
        window.screenshot(Path(folder) / f"{name}.png")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_large_report_is_ready_within_2_s_and_fits(
    window: Browser, page: Path, shape: str
) -> None:
    window.shape(**SHAPES[shape])  # type: ignore[arg-type]  # numbers and flags by name
    window.open(page)
    assert window.run("return performance.now()") < READY_SECONDS * 1000
    first = text_of(window, "verdict")
    assert "CommandFailed: node8: command `work 19` failed (exit status 1)" in first
    assert "Line 60 of the script" in first
    assert window.run(
        "const cause = document.querySelector('.failed-line').getBoundingClientRect();"
        "return cause.bottom < innerHeight && document.documentElement.scrollWidth <= innerWidth"
    )
    keep(window, f"{shape}-head")
    for part in ("time-line", "log", "evidence", "recordings"):
        window.run("document.getElementById(arguments[0]).scrollIntoView()", part)
        keep(window, f"{shape}-{part}")
    assert window.problems() == []


def test_only_the_rows_in_view_are_in_the_page(window: Browser, page: Path) -> None:
    window.shape(1280, 900)
    window.open(page)
    assert text_of(window, "count") == "100,183 of 100,183 lines"
    assert 10 < window.run("return document.querySelectorAll('.row').length") < 200
    window.run("lines.scrollTop = lines.scrollHeight")
    wait_for(
        window, "[...document.querySelectorAll('.row')].at(-1).innerText.includes('failed after')"
    )


def test_the_log_is_filtered_by_text_machine_source_and_moment(window: Browser, page: Path) -> None:
    window.shape(1280, 900)
    window.open(page)
    search = (
        "const search = document.getElementById('search'); search.value = arguments[0];"
        "search.dispatchEvent(new Event('input'))"
    )
    window.run(search, "MUST succeed: work 7")
    wait_for(window, "document.getElementById('count').textContent.startsWith('200 of')")
    assert set(
        window.run("return [...document.querySelectorAll('.what')].map(e => e.innerText)")
    ) == {"must succeed: work 7"}
    window.run(search, "/work (7|8)$/")
    wait_for(window, "document.getElementById('count').textContent.startsWith('400 of')")
    window.run(search, "")
    click = "document.querySelectorAll(arguments[0])[arguments[1]].click()"
    window.run(click, "#source-filter input", 1)
    wait_for(window, "document.getElementById('count').textContent.startsWith('4,1')")
    window.run(click, "#machine-filter input", 0)
    assert "node1" in text_of(window, "machine-filter")
    assert not window.run("return [...document.querySelectorAll('.who')].some(e => !e.innerText)")
    window.run(click, "#in-view", 0)
    before = text_of(window, "count")
    window.run(click, "#zoom-in", 0)
    wait_for(window, f"document.getElementById('count').innerText !== '{before}'")


def test_time_line_log_and_details_are_linked(window: Browser, page: Path) -> None:
    window.shape(1280, 900)
    window.open(page)
    window.run("document.getElementById('time-line').scrollIntoView()")
    left, top = window.run(
        "const place = document.getElementById('canvas').getBoundingClientRect();"
        "return [place.left, place.top]"
    )
    window.click(left + 160, top + 48)  # the first subtest, below the script as a whole
    assert "round 0" in wait_for(window, "document.getElementById('details-body').innerText")
    assert window.run("return document.querySelector('.row.current .what').innerText") == "round 0"
    keep(window, "details-of-a-subtest")
    row = "[...document.querySelectorAll('.row')].find(e => e.innerText.includes('must succeed'))"
    window.run(f"{row}.click()")
    details = wait_for(window, "document.getElementById('details-body').innerText")
    assert "exit status 0" in details
    assert "stdout" in details
    assert "run the test script > round 0" in details
    keep(window, "details-of-a-command")


def test_everything_can_be_reached_with_the_keyboard(window: Browser, page: Path) -> None:
    window.shape(1280, 900)
    window.open(page)
    window.run("document.getElementById('canvas').focus()")
    window.keys("ArrowDown", "ArrowRight", "ArrowRight")
    said = wait_for(window, "document.getElementById('said').textContent")
    assert said.startswith("script: round 1, subtest, passed, at ")
    window.keys("ArrowDown", "Enter")
    assert "node" in text_of(window, "said")
    assert window.run("return document.activeElement.id") == "details"
    window.run("document.getElementById('lines').focus()")
    window.keys("ArrowDown", "ArrowDown")
    assert window.run("return document.querySelectorAll('.row.current').length") == 1
    window.run("document.querySelector('[role=tab]').focus()")
    window.keys("ArrowRight")
    selected = "return document.querySelector('[role=tab][aria-selected=true]').innerText"
    assert window.run(selected) == "node2"
    unnamed = window.run(
        "return [...document.querySelectorAll('button, input, img, canvas, [role]')].filter(e =>"
        " !(e.innerText || e.ariaLabel || e.alt || e.labels?.length || e.title ||"
        " e.getAttribute('aria-labelledby') || e.role === 'status' || e.role === 'listitem'))"
        ".map(e => e.outerHTML)"
    )
    assert unnamed == []


def test_the_recording_moves_and_the_time_line_with_it(window: Browser, page: Path) -> None:
    window.shape(1280, 900)
    window.open(page)
    before = window.run("return document.querySelector('.player img').src")
    window.run(
        "const slider = document.querySelector('.player input'); slider.value = 3;"
        "slider.dispatchEvent(new Event('input'))"
    )
    assert window.run("return document.querySelector('.player img').src") != before
    assert "(4 of 20)" in window.run("return document.querySelector('.player output').innerText")


def test_text_of_a_guest_runs_no_script(window: Browser, tmp_path: Path) -> None:
    window.shape(1280, 900)
    window.open(hostile_page(tmp_path / "out"))
    for row in range(window.run("return document.querySelectorAll('.row').length")):
        window.run("document.querySelectorAll('.row')[arguments[0]].click()", row)
    assert window.run("return typeof injected") == "undefined"
    assert window.run("return document.querySelectorAll('img[src=x], main script').length") == 0
    assert "</script></pre><script>window.injected" in text_of(window, "details-body")
    assert window.problems() == []


def test_a_test_of_pytest_shows_what_belongs_to_it_when_it_is_opened(
    window: Browser, tmp_path: Path
) -> None:
    writer = Writer(tmp_path)
    writer.write("test", name="web", machines=["server"], script="s", source="", limit=1)
    for number, outcome in enumerate(("passed", "failed", "skipped")):
        test = writer.begin(f"test_{number}", None, None, subtest=True)
        call = writer.begin("call", None, test)
        step = writer.begin("must succeed", "server", call)
        details: dict[str, Any] = {"status": 0, "timed_out": False, "stderr": ""}
        details |= {"command": f"command {number}", "stdout": f"answer {number}\n"}
        writer.write("command", "server", step=step, began=writer.now, seconds=0.1, **details)
        path = writer.file(f"shot-{number}.png", png(32, 20, 100))
        writer.write("picture", "server", path=path)
        writer.write("console", "server", text=f"a line of {number}")
        writer.now += 1
        writer.end(step, "server", "must succeed", 1.0)
        writer.end(call, None, "call", 1.0)
        end_of_test(writer, test, TestResult(outcome=outcome, headline="why", text="E   why"), 1.0)
        writer.now += 1
    writer.close()
    window.shape(1280, 900)
    window.open(write_html_report(tmp_path))
    box = "document.querySelectorAll('details.test')[arguments[0]]"
    said = str(window.run(f"return {box}.innerText", 1))  # the one that failed is open
    for text in ("E   why", "command 1", "answer 1", "a line of 1", "shot-1.png"):
        assert text in said, said
    for other in ("command 0", "a line of 0", "command 2", "a line of 2"):
        assert other not in said, said
    assert "answer 0" not in str(window.run(f"return {box}.textContent", 0))
    window.run(f"{box}.open = true", 0)
    wait_for(window, "document.querySelector('details.test').innerText.includes('answer 0')")
    window.run(f"{box}.querySelector('button').click()", 1)
    wait_for(window, "document.querySelector('.row.current').innerText.includes('test_1')")
    keep(window, "tests")
    assert window.problems() == []
