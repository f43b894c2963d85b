"""The page of a suite in a real Chromium: 1,000 tests, by mouse, keyboard and phone.

How soon it is ready is for benchmarks/suite-page.py to measure. Set REPORT_PICTURES to a folder to
keep pictures of the page, for a person to look at.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from test_driver.suite.write import main

from ..report.test_report_in_browser import SHAPES, keep, text_of, wait_for
from ..support.browser import CHROMEDRIVER, CHROMIUM, Browser, browser
from ..support.large_suite import write_large_history, write_large_suite
from .test_page import hostile_page

pytestmark = [
    pytest.mark.skipif(
        CHROMIUM is None or CHROMEDRIVER is None,
        reason="needs the programs chromium and chromedriver",
    ),
    pytest.mark.timeout(300),
]

SHOWN = "[...document.querySelectorAll('.test')].filter(e => !e.hidden)"
NAMES = f"{SHOWN}.map(e => e.querySelector('.name').textContent)"
FOCUSED = "document.activeElement.closest('.test')?.querySelector('.name').textContent"


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    """One browser for all."""
    with browser() as one:
        yield one


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a large suite with its history."""
    folder = tmp_path_factory.mktemp("large")
    document = write_large_suite(folder)
    history = write_large_history(folder, document)
    out = folder / "out"
    files = ["--document", str(document), "--output", str(out), "--timings", str(history)]
    assert main(files) == 0
    return out / "index.html"


def open_page(window: Browser, page: Path) -> None:
    """Load the page anew; an address that differs by its end alone would not be loaded."""
    window.run("location.replace('about:blank')")
    window.shape(1280, 900)
    window.open(page)


def type_into_search(window: Browser, text: str) -> None:
    """Put a text into the search."""
    window.run(
        "const search = document.getElementById('search'); search.value = arguments[0];"
        "search.dispatchEvent(new Event('input'))",
        text,
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_what_failed_is_on_the_first_screen(window: Browser, page: Path, shape: str) -> None:
    window.run("location.replace('about:blank')")
    window.shape(**SHAPES[shape])  # type: ignore[arg-type]  # numbers and flags by name
    window.open(page)
    first = text_of(window, "verdict")
    assert "failed all checks" in " ".join(first.split())
    assert "1000 tests, 12 failed, 2 errors, 4 flaky (passed 1 of 3, 1 of 3, 1 of 3, ...)" in first
    keep(window, f"suite-{shape}")
    # On a phone, the reasons of several tests and the filters take the first screen.
    seen = (
        "document.querySelector('.causes')"
        if shape == "phone"
        else "document.querySelector('.test')"
    )
    assert window.run(f"return {seen}.getBoundingClientRect().bottom < innerHeight")
    assert window.run("return document.documentElement.scrollWidth <= innerWidth")
    window.run("document.querySelector('.test.flaky').open = true")
    window.run("document.querySelector('.test.flaky').scrollIntoView()")
    assert window.run("return document.documentElement.scrollWidth <= innerWidth")
    keep(window, f"suite-{shape}-details")
    assert window.problems() == []


def test_what_needs_attention_comes_first(window: Browser, page: Path) -> None:
    open_page(window, page)
    verdicts = window.run(f"return {SHOWN}.map(e => e.dataset.verdict)")
    assert list(dict.fromkeys(verdicts)) == ["failed", "error", "flaky", "passed"]
    why = window.run("return document.querySelector('.test .why').textContent")
    assert why.startswith("TimedOut: queue: timed out after 60 s waiting for unit")
    noted = window.run("return document.querySelector('.test.passed .why').textContent")
    assert noted == "run again after an error: HostError: not enough room on the disk of the host"


def test_details_of_a_test_that_passed_are_made_when_it_is_opened(
    window: Browser, page: Path
) -> None:
    open_page(window, page)
    row = "document.querySelector('.test.passed')"
    assert not window.run(f"return {row}.querySelector('.more')")
    window.run(f"{row}.open = true")
    said = wait_for(window, f"{row}.querySelector('.more')?.textContent")
    name = window.run(f"return {row}.querySelector('.name').textContent")
    assert f"vm-test-report-{name}.drv" in said
    # A suite of a thousand tests is quick only if its page is small.
    assert window.run("return document.querySelectorAll('*').length") < 30_000
    assert window.problems() == []


def test_a_click_on_a_name_leads_to_its_report(window: Browser, page: Path) -> None:
    open_page(window, page)
    left, top = window.run(
        "const place = document.querySelector('a.name').getBoundingClientRect();"
        "return [place.left + 5, place.top + 5]"
    )
    name = window.run("return document.querySelector('a.name').textContent")
    window.click(left, top)
    wait_for(window, "document.title === 'report'")
    assert window.run("return location.pathname").endswith(f"/reports/{name}/report.html")


def test_tests_are_filtered_and_sorted(window: Browser, page: Path) -> None:
    open_page(window, page)
    window.run("document.querySelector('#verdicts .failed').click()")
    assert text_of(window, "count") == "12 of 1000 tests"
    type_into_search(window, "UNIT queue.service")
    found = window.run(f"return {NAMES}")
    assert len(found) == 5
    assert all(name.startswith("queue-") for name in found)
    type_into_search(window, "no such test")
    assert text_of(window, "none") == "No test matches."
    keep(window, "suite-nothing-found")
    type_into_search(window, "")
    window.run("document.querySelector('#verdicts [data-verdict=\"\"]').click()")
    assert text_of(window, "count") == "1000 of 1000 tests"
    choose = (
        "const sort = document.getElementById('sort'); sort.value = arguments[0];"
        "sort.dispatchEvent(new Event('change'))"
    )
    window.run(choose, "seconds")
    seconds = window.run(f"return {SHOWN}.map(e => Number(e.dataset.seconds))")
    assert seconds == sorted(seconds, reverse=True)
    window.run(choose, "name")
    names = window.run(f"return {NAMES}")
    assert names[:2] == ["backup-large-files-64", "backup-large-files-134"]
    window.run(choose, "attention")
    assert window.run("return document.querySelector('.test').dataset.verdict") == "failed"


def test_one_cause_of_several_tests_shows_these(window: Browser, page: Path) -> None:
    open_page(window, page)
    button = "document.querySelector('.cause')"
    count = int(re.sub(r"\D", "", window.run(f"return {button}.innerText")))
    assert count > 1
    window.run(f"{button}.click()")
    assert text_of(window, "count") == f"{count} of 1000 tests"
    keep(window, "suite-cause")
    window.run(f"{button}.click()")
    assert text_of(window, "count") == "1000 of 1000 tests"


def test_the_address_keeps_what_is_chosen(window: Browser, page: Path) -> None:
    open_page(window, page)
    window.run("document.querySelector('#verdicts .flaky').click()")
    type_into_search(window, "web")
    assert window.run("return location.hash") == "#verdict=flaky&search=web"
    window.run("location.reload()")
    wait_for(window, "document.documentElement.dataset.ready === 'true'")
    assert text_of(window, "count") == "4 of 1000 tests"
    window.run("location.hash = '#verdict=error'")
    wait_for(window, "document.getElementById('count').innerText === '2 of 1000 tests'")


def test_everything_can_be_reached_with_the_keyboard(window: Browser, page: Path) -> None:
    open_page(window, page)
    window.keys("/")
    assert window.run("return document.activeElement.id") == "search"
    window.keys("f", "l", "a", "k", "Escape")
    assert window.run("return document.activeElement.id") != "search"
    assert text_of(window, "count") == "1000 of 1000 tests"
    first, second = window.run(f"return {NAMES}.slice(0, 2)")
    window.keys("ArrowDown")
    assert window.run(f"return {FOCUSED}") == first
    window.keys("j")
    assert window.run(f"return {FOCUSED}") == second
    window.keys("k")
    assert window.run(f"return {FOCUSED}") == first
    window.protocol(
        "Input.dispatchKeyEvent", type="keyDown", key="Enter", text="\r", windowsVirtualKeyCode=13
    )
    wait_for(window, "document.querySelector('.test').open")
    keep(window, "suite-by-keyboard")
    window.keys("o")
    wait_for(window, "document.title === 'report'")
    open_page(window, page)
    unnamed = window.run(
        "return [...document.querySelectorAll('button, input, select, a, [role]')].filter(e =>"
        " !(e.textContent || e.ariaLabel || e.labels?.length || e.role === 'status'))"
        ".map(e => e.outerHTML)"
    )
    assert unnamed == []


def test_text_of_a_test_runs_no_script(window: Browser, tmp_path: Path) -> None:
    open_page(window, hostile_page(tmp_path))
    window.run("for (const row of document.querySelectorAll('.test')) row.open = true")
    assert window.run("return typeof injected") == "undefined"
    assert window.run("return document.querySelectorAll('img, main script').length") == 0
    assert "</script><script>window.injected" in text_of(window, "tests")
    wait_for(window, "document.querySelectorAll('.more').length === 2")
    assert window.run("return document.documentElement.scrollWidth <= innerWidth")
    keep(window, "suite-hostile")
    assert window.problems() == []
