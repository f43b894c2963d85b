"""`--lf-from`: the tests that failed in a build."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from test_driver.pytest_plugin.last_failed import LastFailed, failed_tests, matching

BEGIN = {"kind": "schema", "version": 2}


def step(name: str, **fields: object) -> dict[str, object]:
    """Return the end of a step of a test."""
    return {"kind": "step-end", "step": name, "name": name, "subtest": True, **fields}


def write_events(folder: Path, *events: Mapping[str, object], end: str = "") -> Path:
    """Write the events of a build."""
    folder.mkdir(exist_ok=True)
    lines = [json.dumps(event) + "\n" for event in (BEGIN, *events)]
    (folder / "events.jsonl").write_text("".join(lines) + end)
    return folder


REPORT = """<?xml version="1.0"?><testsuites><testsuite name="web">
<testcase name="t/test_a.py::test_1"><failure message="x">y</failure></testcase>
<testcase name="t/test_a.py::test_2"/>
<testcase name="t/test_a.py::test_3[&lt;x y&gt;]"><error message="x"/></testcase>
<testcase name="t/test_a.py::test_4"><skipped message="x"/></testcase>
<testcase name="main"><failure message="x">y</failure></testcase>
</testsuite></testsuites>"""


def test_events_tell_what_failed(tmp_path: Path) -> None:
    folder = write_events(
        tmp_path / "out",
        step("a.py::passed", result="passed", outcome="passed"),
        step("a.py::failed", result="failed", outcome="failed"),
        step("a.py::setup", result="failed", outcome="error"),
        step("a.py::xfailed", result="failed", outcome="xfailed"),
        step("a.py::skipped", result="passed", outcome="skipped"),
        step("a.py::flaky", result="passed", outcome="flaky"),
        step("a.py::old", result="failed"),
        step("a subtest in it", result="failed"),
        {**step("a.py::no-test", result="failed"), "subtest": False},
        {"kind": "log", "text": "a.py::x"},
        {**step("a.py::killed in it"), "kind": "step-begin"},
        end='{"kind": "step-end", "na',
    )
    (folder / "junit.xml").write_text(REPORT)
    assert failed_tests(folder) == [
        "a.py::failed",
        "a.py::setup",
        "a.py::old",
        "a.py::killed in it",
    ]


def test_the_report_is_read_where_there_are_no_events(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(REPORT)
    assert failed_tests(tmp_path) == ["t/test_a.py::test_1", "t/test_a.py::test_3[<x y>]"]


def test_the_outputs_of_a_test_that_is_split_are_in_folders(tmp_path: Path) -> None:
    for name in ("test_b", "test_a"):
        write_events(tmp_path / name, step(f"{name}.py::x", result="failed"))
    assert failed_tests(tmp_path) == ["test_a.py::x", "test_b.py::x"]


@pytest.mark.parametrize(
    ("failed", "chosen", "elsewhere"),
    [
        ("tests/test_a.py::x", {"tests/test_a.py::x"}, []),
        ("test_a.py::x", {"tests/test_a.py::x"}, []),
        ("b/tests/test_a.py::x", {"tests/test_a.py::x"}, []),
        ("sts/test_a.py::x", set(), ["sts/test_a.py::x"]),
        ("tests/test_a.py::y", set(), ["tests/test_a.py::y"]),
        ("c.py::y[a/b]", {"c.py::y[a/b]"}, []),
    ],
)
def test_another_root_folder_does_no_harm(
    failed: str, chosen: set[str], elsewhere: list[str]
) -> None:
    collected = ["tests/test_a.py::x", "tests/test_a.py::xx", "c.py::y[a/b]", "b]"]
    assert matching(collected, [failed]) == (chosen, elsewhere)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "has neither events.jsonl nor junit.xml; give the output folder of a test"),
        ({"junit.xml": "<testsuites>"}, "cannot read "),
        ({"junit.xml": ""}, "junit.xml: no element found"),
        ({"events.jsonl": "{}\n{\n"}, "events.jsonl: "),
        ({"events.jsonl": "3\n"}, "cannot read "),
        ({"events.jsonl": '{"subtest": 1}\n'}, "cannot read "),
        ({"events.jsonl": '{"kind": "schema", "version": 99}\n'}, "have schema 99"),
    ],
)
def test_a_folder_that_is_no_output_is_refused(
    tmp_path: Path, content: dict[str, str] | None, said: str
) -> None:
    for name, text in (content or {}).items():
        (tmp_path / name).write_text(text)
    with pytest.raises(pytest.UsageError, match=r"^--lf-from /") as caught:
        LastFailed(tmp_path)
    assert said in str(caught.value)


@pytest.mark.parametrize(("name", "said"), [("x", "not found"), ("f", "is not a folder")])
def test_what_is_no_folder_is_refused(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "f").write_text("")
    with pytest.raises(pytest.UsageError, match=f"{said}; give the output folder .* `.report`"):
        failed_tests(tmp_path / name)


TESTS = """
import pytest
@pytest.mark.parametrize("value", ["one two", "[x]", "ü"])
def test_value(value): pass
def test_other(): pass
"""


def test_pytest_runs_them_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_a=TESTS)
    names = ("test_a.py::test_value[[x]]", "test_a.py::test_value[one two]", "gone.py::test_x")
    folder = write_events(pytester.path / "out", *(step(name, result="failed") for name in names))
    result = pytester.inline_run("-v", plugins=[LastFailed(folder)])
    passed = [report.nodeid for report in result.listoutcomes()[0]]
    assert passed == ["test_a.py::test_value[one two]", "test_a.py::test_value[[x]]"]


def test_pytest_says_what_it_does(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    pytester.makepyfile(test_a=TESTS)
    names = ("test_a.py::test_other", "gone.py::test_x")
    folder = write_events(pytester.path / "out", *(step(name, result="failed") for name in names))
    pytester.inline_run("-p", "no:cacheprovider", plugins=[LastFailed(folder)])
    text = capsys.readouterr().out
    assert f"lf-from: 2 tests failed in {folder}; running 1 of the collected tests" in text
    assert "lf-from: not found among the collected tests: gone.py::test_x" in text
    assert "1 passed, 3 deselected" in text


def test_nothing_failed_nothing_runs(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    pytester.makepyfile(test_a=TESTS)
    folder = write_events(pytester.path / "out", step("test_a.py::test_other", result="passed"))
    result = pytester.inline_run(plugins=[LastFailed(folder)])
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert f"lf-from: no test failed in {folder}; nothing to run" in capsys.readouterr().out
