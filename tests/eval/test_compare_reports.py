"""What a comparison with nixpkgs' framework that was stopped has written, and how it goes on."""

from __future__ import annotations

import json

import pytest
from fake_nixpkgs import Compare, Nixpkgs, facts, reported


def tests_of(nixpkgs: Nixpkgs, **ours: object) -> None:
    """Give the tree some tests that nixpkgs' own framework evaluates, and ours to something."""
    nixpkgs.theirs.update({name: facts({}) for name in ours})
    nixpkgs.ours.update(ours)


def test_a_report_has_a_line_for_each_test(nixpkgs: Nixpkgs, compare: Compare) -> None:
    tests_of(nixpkgs, a=facts({}), b="error: no", c=facts({}))
    report = nixpkgs.root / "report.jsonl"
    compare("--report", str(report))
    outcomes = [json.loads(line) for line in report.read_text().splitlines()]
    verdicts = {outcome["name"]: outcome["verdict"] for outcome in outcomes}
    assert verdicts == {"a": "same", "b": "FAILS", "c": "same"}


def test_a_report_is_begun_anew_without_resume(nixpkgs: Nixpkgs, compare: Compare) -> None:
    tests_of(nixpkgs, a=facts({}), b=facts({}))
    report = nixpkgs.root / "report.jsonl"
    compare("a", "--report", str(report))
    compare("b", "--report", str(report))
    assert reported(report) == ["b"]


def test_resume_keeps_what_the_report_has(nixpkgs: Nixpkgs, compare: Compare) -> None:
    tests_of(nixpkgs, a="error: not yet", b="error: not yet")
    report = nixpkgs.root / "report.jsonl"
    compare("a", "--report", str(report))
    tests_of(nixpkgs, a=facts({}), b=facts({}))
    status, said = compare("--report", str(report), "--resume")
    assert reported(report) == ["a", "b"]
    # The first one has failed before, and is not evaluated again.
    assert (status, "1 FAILS: error: not yet\n" in said) == (1, True)
    assert "2 tests, 2 evaluate under nixpkgs' own framework: 1 the same here" in said


def test_resume_keeps_differences(nixpkgs: Nixpkgs, compare: Compare) -> None:
    tests_of(nixpkgs, a=facts({"m": {"name": "other"}}))
    report = nixpkgs.root / "report.jsonl"
    first = compare("--report", str(report))[1]
    again = compare("--report", str(report), "--resume")[1]
    assert first.endswith(again)
    assert "1 DIFFERS: .machines.m: value\n" in again


def test_resume_counts_only_the_tests_that_are_asked_for(
    nixpkgs: Nixpkgs, compare: Compare
) -> None:
    tests_of(nixpkgs, a="error: no", b=facts({}))
    report = nixpkgs.root / "report.jsonl"
    compare("--report", str(report))
    status, said = compare("b", "--report", str(report), "--resume")
    assert (status, "1 tests, 1 evaluate" in said) == (0, True)


def test_resume_evaluates_again_what_was_cut_short(nixpkgs: Nixpkgs, compare: Compare) -> None:
    tests_of(nixpkgs, a=facts({}), b=facts({}))
    report = nixpkgs.root / "report.jsonl"
    compare("a", "--report", str(report))
    with report.open("a") as file:
        file.write('{"name": "b", "verd')
    status, _ = compare("--report", str(report), "--resume")
    assert (status, reported(report)) == (0, ["a", "b"])


def test_resume_begins_where_there_is_no_report(nixpkgs: Nixpkgs, compare: Compare) -> None:
    tests_of(nixpkgs, a=facts({}))
    report = nixpkgs.root / "report.jsonl"
    assert compare("--report", str(report), "--resume")[0] == 0
    assert reported(report) == ["a"]


def test_resume_without_a_report_is_refused(nixpkgs: Nixpkgs, compare: Compare) -> None:
    tests_of(nixpkgs, a=facts({}))
    status, said = compare("--resume")
    assert (status, "--resume: --report FILE is missing" in said) == (2, True)


def test_an_outcome_is_written_before_the_next_is_known(
    nixpkgs: Nixpkgs, compare: Compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests_of(nixpkgs, a=facts({}), b=facts({}))
    report = nixpkgs.root / "report.jsonl"
    seen: list[list[str]] = []
    monkeypatch.setattr(
        "tests.nixos.compare.all_tests.say", lambda _: seen.append(reported(report))
    )
    nixpkgs.ours.update(a="error: no", b="error: no")
    compare("--report", str(report))
    assert [len(names) for names in seen] == [1, 2]
