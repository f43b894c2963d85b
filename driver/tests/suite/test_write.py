"""The folder of a suite, as Nix and the command have it written."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from test_driver.errors import HostError
from test_driver.suite.model import Outcome, Run, Suite, SuiteTest
from test_driver.suite.report_folder import read_attempts
from test_driver.suite.verdict import judge
from test_driver.suite.write import main, write_suite

from ..support.report_folders import write_report
from ..support.schemas import check_document


def suite_test(name: str, *folders: Path, **more: Any) -> SuiteTest:  # noqa: ANN401 - fields
    """Return a test whose runs have left these reports."""
    runs = tuple(read_attempts(folders))
    return SuiteTest(name=name, runs=runs, verdict=judge(runs), **more)


def write_document(folder: Path, tests: list[dict[str, Any]], **more: object) -> Path:
    """Write a document as Nix writes it."""
    path = folder / "document.json"
    path.write_text(json.dumps({"version": 1, "name": "all", "tests": tests, **more}))
    return path


def test_the_folder_of_a_suite(tmp_path: Path) -> None:
    good = write_report(tmp_path / "good")
    bad = write_report(tmp_path / "bad", 1, "it is closed")
    out = tmp_path / "out"
    resources = {"memory": 1152, "cores": 1, "disk": 64, "machines": 2}
    tests: list[dict[str, Any]] = [
        {"name": "web", "attempts": [str(good)], "resources": resources, "derivation": "/x.drv"},
        {"name": "a/b", "attempts": [str(bad), str(good)], "flaky": None},
        {"name": "db", "attempts": [str(bad)]},
    ]
    document = write_document(tmp_path, tests)
    command = [sys.executable, "-m", "test_driver.suite.write", "--output", str(out)]
    result = subprocess.run(
        [*command, "--document", str(document)], capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stdout) == (0, "")
    summary = (out / "summary.txt").read_text()
    assert result.stderr == f"all:\n{summary}"
    assert summary.splitlines() == [
        "failed  db: it is closed",
        f"    {bad}/report.html",
        "flaky (passed 1 of 2)  a/b: it is closed",
        f"    {bad}/report.html",
        "3 tests, 1 failed, 1 flaky (passed 1 of 2)",
    ]
    assert (out / "exit-status").read_text() == "1\n"
    found = json.loads((out / "suite.json").read_text())
    check_document("suite", found)
    assert found["exit_status"] == 1
    assert [test["verdict"] for test in found["tests"]] == ["passed", "flaky", "failed"]
    assert found["tests"][0]["resources"] == resources
    for test in found["tests"]:
        for run in test["runs"]:
            assert (out / run["place"] / "report.html").samefile(f"{run['report']}/report.html")
    assert (out / "reports" / "a_b").resolve() == bad
    assert json.loads((out / "timings.json").read_text())["tests"].keys() == {"web", "a/b", "db"}


def test_reports_are_copied_so_that_the_folder_stands_alone(tmp_path: Path) -> None:
    report = write_report(tmp_path / "report")
    (report / "console").mkdir()
    (report / "console" / "web.txt").write_text("hello")
    (report / "console" / "gone").symlink_to("/no/such/file")
    (report / "console" / "around").symlink_to("..")
    for place in (report / "console", report):
        place.chmod(0o555)
    try:
        out = tmp_path / "out"
        suite = Suite(name="all", tests=(suite_test("web", report),))
        write_suite(suite, out, copy_reports=True)
        write_suite(suite, out, copy_reports=True)
    finally:
        report.chmod(0o755)
        (report / "console").chmod(0o755)
    copy = out / "reports" / "web"
    assert not copy.is_symlink()
    assert [entry.name for entry in (copy / "console").iterdir()] == ["web.txt"]
    assert copy.stat().st_mode & 0o777 == 0o755


def test_a_run_without_a_report_has_no_place(tmp_path: Path) -> None:
    lost = Run(folder=Path(), outcome=Outcome.ERROR, headline="the builder was lost")
    suite = Suite(name="all", tests=(SuiteTest(name="web", runs=(lost,), verdict=judge([lost])),))
    out = tmp_path / "out"
    write_suite(suite, out, copy_reports=True)
    assert not (out / "reports").exists()
    (found,) = json.loads((out / "suite.json").read_text())["tests"]
    assert (found["report"], found["runs"][0]["place"]) == (None, None)
    assert (out / "summary.txt").read_text() == (
        "error  web: the builder was lost\n0 ran, 1 error\n"
    )


def test_names_of_tests_make_folders_of_their_own(tmp_path: Path) -> None:
    reports = [write_report(tmp_path / str(number)) for number in range(5)]
    names = ("a/b", "a_b", "..", "ä" * 150, "</script>")
    tests = tuple(suite_test(*pair) for pair in zip(names, reports, strict=True))
    write_suite(Suite(name="all", tests=tests), tmp_path / "out")
    found = {entry.resolve() for entry in (tmp_path / "out" / "reports").iterdir()}
    assert found == set(reports)


def test_the_history_goes_on(tmp_path: Path) -> None:
    report = write_report(tmp_path / "old", began=1_700_000_000.0)
    write_suite(Suite(name="all", tests=(suite_test("web", report),)), tmp_path / "first")
    newer = write_report(tmp_path / "new")
    document = write_document(tmp_path, [{"name": "web", "attempts": [str(newer)]}])
    timings = tmp_path / "first" / "timings.json"
    arguments = ["--document", str(document), "--output", str(tmp_path / "second")]
    assert main([*arguments, "--timings", str(timings)]) == 0
    runs = json.loads((tmp_path / "second" / "timings.json").read_text())["tests"]["web"]["runs"]
    assert [run["report"] for run in runs] == [str(report), str(newer)]


@pytest.mark.parametrize("copy", [True, False])
def test_a_run_without_a_report_does_not_bring_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, copy: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    lost = Run(folder=Path(), outcome=Outcome.ERROR, exit_status=3, headline="lost")
    good = read_attempts([write_report(tmp_path / "good")])
    tests = (
        SuiteTest(name="lost", runs=(lost,), verdict=judge([lost])),
        SuiteTest(name="retried", runs=(lost, *good), verdict=judge([lost, *good])),
    )
    write_suite(Suite(name="all", tests=tests), tmp_path / "out", copy_reports=copy)
    assert sorted(path.name for path in (tmp_path / "out/reports").iterdir()) == ["retried"]
    assert not (tmp_path / "out/runs/retried/1").exists()
    results = json.loads((tmp_path / "out/suite.json").read_text())["tests"]
    assert [run["place"] for test in results for run in test["runs"]] == [
        None,
        None,
        "reports/retried",
    ]


def test_a_report_that_is_gone_is_an_error_and_no_obstacle(tmp_path: Path) -> None:
    document = write_document(tmp_path, [{"name": "web", "attempts": [str(tmp_path / "gone")]}])
    out = tmp_path / "out"
    assert main(["--document", str(document), "--output", str(out)]) == 0
    assert (out / "exit-status").read_text() == "3\n"
    assert (
        f"error  web: the report {tmp_path}/gone does not exist"
        in (out / "summary.txt").read_text()
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON: "),
        ('{"version": 2}', "version: expected 1, got 2; take the document and the driver from"),
        ("[]", "version: expected 1, got null"),
        ('{"version": 1, "name": "all"}', "tests: is missing; expected a list of objects"),
        (
            '{"version": 1, "name": "all", "tests": [{"name": "a", "attempts": []},'
            ' {"name": "a", "attempts": []}]}',
            "tests: the name `a` is there more than once",
        ),
        (
            '{"version": 1, "name": "all", "tests": [{"name": "a", "attempts": [], '
            '"flaky": {"reason": "r", "until": "2026-02-30"}}]}',
            "tests[0].flaky.until: Value error, day is out of range for month",
        ),
    ],
)
def test_a_document_that_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    path = tmp_path / "suite.json"
    path.write_text(text)
    assert main(["--document", str(path), "--output", str(tmp_path / "out")]) == 2
    assert f"{path}: {message}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = write_document(tmp_path, [])
    (tmp_path / "file").touch()
    arguments = ["--document", str(document), "--output", str(tmp_path / "file" / "out")]
    assert main(arguments) == 3
    assert "cannot write the suite: " in capsys.readouterr().err
    assert main(["--document", str(tmp_path / "none"), "--output", str(tmp_path / "out")]) == 2
    assert "cannot be read: No such file or directory" in capsys.readouterr().err


def test_what_no_suite_has_written_is_not_removed(tmp_path: Path) -> None:
    mine = tmp_path / "reports" / "mine"
    mine.mkdir(parents=True)
    with pytest.raises(HostError, match=r"reports is there, and no suite\.json that tells"):
        write_suite(Suite(name="all"), tmp_path)
    assert mine.exists()
