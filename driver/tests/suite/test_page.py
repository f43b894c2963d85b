"""The page of a suite as a file: what stands in it without any script, and that text stays text."""

import base64
import hashlib
import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

from test_driver.report.html_report import unpack
from test_driver.suite.model import Flaky, Outcome, Resources, Run, Suite, SuiteTest, Verdict
from test_driver.suite.page import suite_page
from test_driver.suite.timings import History, PastRun
from test_driver.suite.verdict import judge
from test_driver.suite.write import write_suite

from ..support.report_folders import write_report
from .test_write import suite_test

HOSTILE = (
    "</script><script>window.injected = 1</script><img src=x onerror='injected()'>\"'{{tests}}&amp;"
)

TOLD = (
    "failed all",
    "1 ran, 1 test, 1 from the store (oldest 2027-01-15), 1 failed, 1 flaky (passed 1 of 2), "
    "1 not run",
    "took 1 min 23 s",
    "4.00 s waited for the host",
    "Why several tests did not pass 2 tests 1 != 2",
    "flaky (passed 1 of 2) sometimes 1 != 2",
    "not run later the command was interrupted",
    "2027-01-15 08:00:00 UTC, from the store",
    "on ssh-ng://builder",
    "failed, of 3 adds",
    "tolerated until 2999-01-01, 2 retries: slow disk",
    "640 MiB of memory, 1 processor, 512 MiB of disk, 1 machine",
    "2 of the last 3 runs failed",
    "waited for the host, not counted 2.00 s",
    "2 (seed abc-1)",
    "/x.drv",
)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(page: str) -> str:
    """Return what the body of a page says, with single spaces."""
    body = re.search(r"<body>(.*?)<script ", page, re.DOTALL)
    assert body is not None
    text = _Text()
    text.feed(body[1])
    return " ".join(" ".join(text.parts).split())


def details_of(page: str) -> str:
    """Return what the script of a page adds to its rows."""
    match = re.search(r'<script type="text/plain" id="data">([^<]*)</script>', page)
    assert match is not None
    return "".join(unpack(match[1]).values())


def hostile_page(folder: Path) -> Path:
    """Write the page of a suite in which all that can be a text means harm."""
    report = write_report(
        folder / f"{HOSTILE.replace('/', '_')}",
        1,
        HOSTILE,
        cases={HOSTILE: "why"},
        seed=HOSTILE,
        name=HOSTILE,
        phases={HOSTILE: 1.0},
    )
    good = write_report(folder / "good")
    made = suite_test(
        HOSTILE,
        report,
        good,
        builder=HOSTILE,
        note=HOSTILE,
        derivation=HOSTILE,
        flaky=Flaky(reason=HOSTILE, until="2999-01-01"),
    )
    run = replace(made.runs[0], machines=(HOSTILE,), troubles={HOSTILE: 1})
    tests = (replace(made, runs=(run, *made.runs[1:])), replace(made, name=f"{HOSTILE}2"))
    write_suite(Suite(name=HOSTILE, tests=tests, note=HOSTILE), folder / "out")
    return folder / "out" / "index.html"


def test_everything_is_told_without_a_script(tmp_path: Path) -> None:
    bad = write_report(tmp_path / "bad", 1, "1 != 2", cases={"adds": "1 != 2", "other": ""})
    good = write_report(tmp_path / "good", phases={"boot": 4.0, "admission": 2.0}, seed="abc-1")
    runs = suite_test("x", bad, good).runs
    flaky = Flaky(reason="slow disk", until="2999-01-01")
    tests = (
        suite_test(
            "good",
            good,
            source="store",
            resources=Resources(memory=640, cores=1, disk=512, machines=1),
        ),
        suite_test("bad", bad, source="ran", builder="ssh-ng://builder", derivation="/x.drv"),
        SuiteTest(name="sometimes", runs=runs, verdict=judge(runs, flaky), flaky=flaky),
        SuiteTest(name="later", note="the command was interrupted"),
    )
    history = History(
        tests={
            "bad": tuple(
                PastRun(began=at, seconds=1, waited=0, outcome=outcome, report="")
                for at, outcome in ((1.0, Outcome.PASSED), (2.0, Outcome.FAILED))
            )
        }
    )
    write_suite(Suite(name="all", tests=tests, seconds=83.0), tmp_path / "out", history=history)
    page = (tmp_path / "out" / "index.html").read_text()
    said = text_of(page.replace("<script ", details_of(page) + "<script ", 1))
    assert "tolerated until" in text_of(page)
    for text in TOLD:
        assert text in said, (text, said)
    names = re.findall(r"class=name[^>]*>([^<]*)<", page)
    assert names == ["bad", "sometimes", "later", "good"]
    for link in re.findall(r'href="(reports/[^"]*)"', page):
        assert (tmp_path / "out" / link).is_file()


def test_what_failed_stands_before_what_passed_with_trouble() -> None:
    def made(name: str, outcome: Outcome, **more: object) -> SuiteTest:
        run = Run(folder=Path(f"/{name}"), outcome=outcome, **more)  # type: ignore[arg-type]  # fields
        verdict = Verdict(outcome=outcome, passed=1, runs=1, decisive=0, headline="")
        return SuiteTest(name=name, runs=(run,), verdict=verdict)

    tests = (
        made("b", Outcome.PASSED),
        made("z", Outcome.PASSED, troubles={"oom": 2}),
        made("y", Outcome.ERROR),
        made("x", Outcome.FAILED),
    )
    page = suite_page(Suite(name="all", tests=tests), {}, History())
    assert re.findall(r"class=name>([^<]*)<", page) == ["x", "y", "z", "b"]
    assert "trouble in machines: 2 oom" in text_of(page)


def test_text_of_tests_stays_text(tmp_path: Path) -> None:
    page = hostile_page(tmp_path).read_text()
    assert page.count("<script") == 2
    assert "<script" not in details_of(page)
    assert "<img" not in page
    assert "{{" not in page.replace("{{tests}}&amp;amp;", "")
    assert text_of(page).count("window.injected") > 10


def test_only_the_pages_own_script_may_run(tmp_path: Path) -> None:
    page = hostile_page(tmp_path).read_text()
    script = re.search(r"<script>(.*)</script>\n</body>", page, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{digest}'; " in page
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", page)
    assert "innerHTML" not in page


def test_a_suite_without_tests_has_a_page_that_does_not_say_passed() -> None:
    said = text_of(suite_page(Suite(name="all"), {}, History()))
    assert said.startswith("Skip to the tests error all no tests 0 tests")


def test_the_page_tells_when_it_was_written() -> None:
    day = time.strftime("%Y-%m-%d", time.gmtime())
    assert f"written {day}" in text_of(suite_page(Suite(name="all"), {}, History()))
