"""The runs that one verdict is made of, tests that are known to be flaky, and repetitions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.eval.evaluation import TREE, evaluate, evaluate_nixos, refusal, refusal_nixos

nixos = pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")
FLAKY = 'flaky = { reason = "issue 7"; until = "2027-01-31"; };'
TEST = '(runTest { name = "t"; nodes.a = { }; testScript = ""; %s })'
PLAIN = TEST % ""
KNOWN = TEST % FLAKY
NAMES = "map (run: run.name)"
ATTEMPTS = [f"vm-test-report-t-attempt-{number}" for number in (1, 2, 3, 4)]


def test_an_error_of_the_infrastructure_is_run_again_once() -> None:
    assert evaluate(f"{NAMES} {PLAIN}.attempts") == ATTEMPTS[:2]
    assert evaluate(f"{PLAIN}.flaky") is None


def test_a_failure_of_a_flaky_test_is_run_again_as_often_as_it_says() -> None:
    assert evaluate(f"{NAMES} {KNOWN}.attempts") == ATTEMPTS
    more = TEST % FLAKY.replace("; }", "; retries = 5; }")
    assert evaluate(f"builtins.length {more}.attempts") == 7
    assert evaluate(f"{KNOWN}.flaky") == {"reason": "issue 7", "until": "2027-01-31", "retries": 2}
    assert evaluate(f"{KNOWN}.config.flaky == {KNOWN}.flaky") is True


@pytest.mark.parametrize("test", [PLAIN, KNOWN])
def test_an_attempt_knows_those_before_it(test: str) -> None:
    previous = "(map (run: run.drvAttrs.previous or null) t.attempts)"
    paths = evaluate(f"let t = {test}; in [ {previous} (map (run: run.outPath) t.attempts) ]")
    assert isinstance(paths, list)
    known, outputs = paths
    assert known == [None, *(outputs[:number] for number in range(1, len(outputs)))]
    assert len(set(outputs)) == len(outputs)


def test_attempts_build_however_they_end_and_run_what_the_test_runs() -> None:
    assert evaluate(f"map (run: run.keepFailure) {PLAIN}.attempts") == ["always"] * 2
    own = '[ "name" "keepFailure" "attempt" "attemptRules" "previous" "flakyUntil" "flakyRetries" ]'
    same = f"same = one: other: removeAttrs one.drvAttrs {own} == removeAttrs other.drvAttrs {own};"
    runs = "t.attempts ++ f.attempts ++ [ t.report ]"
    value = evaluate(f"let t = {PLAIN}; f = {KNOWN}; {same} in map (same t) ({runs})")
    assert value == [True] * 7


def test_a_test_that_is_not_flaky_is_what_it_was() -> None:
    assert evaluate(f"let t = {PLAIN}; in [ (t ? attemptRules) (t.report ? attemptRules) ]") == [
        False,
        False,
    ]


def test_a_flaky_test_is_judged_by_runs_with_a_result() -> None:
    value = evaluate(
        f"let t = {KNOWN}; in {{ inherit (t.report) name reason until; verdict = t.name;"
        " runs = t.report.drvAttrs.runs; }"
    )
    assert isinstance(value, dict)
    assert [Path(run).name[33:] for run in value.pop("runs")] == ATTEMPTS[:3]
    assert value == {
        "name": "vm-test-report-t",
        "reason": "issue 7",
        "until": "2027-01-31",
        "verdict": "vm-test-run-t",
    }
    runs = f"map (run: run.keepFailure) {KNOWN}.report.drvAttrs.runs"
    assert evaluate(runs) == ["1"] * 3
    again = "t.reportDerivation == (builtins.head t.report.drvAttrs.runs).drvPath"
    assert evaluate(f"let t = {KNOWN}; in {again}") is True


def test_the_reason_changes_no_run_and_the_date_does() -> None:
    first = "(run: (builtins.head run.attempts).drvPath)"
    other = KNOWN.replace("issue 7", "issue 8")
    later = KNOWN.replace("2027", "2028")
    runs = evaluate(f"map {first} [ {KNOWN} {other} {later} ]")
    assert isinstance(runs, list)
    assert runs[0] == runs[1] != runs[2]


BAD = {
    "text": ('"often"', "`flaky` is an attribute set that says why a test is flaky, or null, but"),
    "no reason": ('{ until = "2027-01-31"; }', "`flaky`: `reason` is missing. It is a text"),
    "an empty reason": (
        '{ reason = " "; until = "2027-01-31"; }',
        "`flaky`: `reason` is a text that is not empty, but",
    ),
    "no date": ('{ reason = "x"; }', "`flaky`: `until` is missing. It is a date in the form"),
    "a date of another form": (
        '{ reason = "x"; until = "31.1.2027"; }',
        '`flaky`: `until` is a date in the form YYYY-MM-DD, but "31.1.2027" was given.',
    ),
    "a day that no month has": (
        '{ reason = "x"; until = "2027-04-31"; }',
        '"2027-04-31" was given',
    ),
    "a leap day": (
        '{ reason = "x"; until = "2027-02-29"; }',
        '`flaky`: `until` is "2027-02-29", but February of that year has 28 days.',
    ),
    "no retries": (
        '{ reason = "x"; until = "2027-01-31"; retries = 0; }',
        "`flaky`: `retries` is a number of retries from 1 to 100, but 0 was given.",
    ),
    "an unknown attribute": (
        '{ reason = "x"; untill = "2027-01-31"; }',
        "`flaky` has no attribute `untill`. It accepts: reason, retries, until. Did you mean",
    ),
}


@pytest.mark.parametrize(("given", "message"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("used", ["drvPath", "report.drvPath", "flaky", "driver.drvPath"])
def test_a_wrong_flaky_is_refused(given: str, message: str, used: str) -> None:
    said = refusal(f"{TEST % f'flaky = {given};'}.{used}")
    assert "rehearse: test `t`: `flaky`" in said
    assert message in said


def test_dates_that_are_there_are_accepted() -> None:
    given = '{ reason = "a\\nb"; until = "2028-02-29"; }'
    assert evaluate(f"{TEST % f'flaky = {given};'}.flaky.until") == "2028-02-29"


REPEAT = '(t.repeat { runs = 2; seed = "abc"; load = true; })'


def test_repetitions_have_a_seed_and_load_if_they_are_asked_for() -> None:
    runs = evaluate(
        f'let t = {KNOWN}; own = [ "repetition" "seed" "load" "name" "keepFailure" ]; in'
        f" builtins.mapAttrs (_: run: [ run.name run.seed run.load run.repetition run.report.seed"
        f" run.flaky ({NAMES} run.attempts) (builtins.head run.attempts).seed ]) {REPEAT}"
    )
    assert isinstance(runs, dict)
    assert list(runs) == ["1", "2"]
    assert runs["2"] == [
        "vm-test-run-t-repeat-2",
        "abc-2",
        "1",
        "2",
        "abc-2",
        None,
        [f"vm-test-report-t-repeat-2-attempt-{number}" for number in (1, 2)],
        "abc-2",
    ]


def test_repetitions_without_both_are_those_of_the_number() -> None:
    same = "(t.repeat { runs = 3; })"
    paths = "map (run: run.drvPath) (builtins.attrValues runs)"
    value = evaluate(f"let t = {PLAIN}; of = runs: {paths}; in (of {same}) == (of (t.repeat 3))")
    assert value is True
    other = evaluate(
        f'let t = {PLAIN}; in map (run: run."1".drvPath)'
        " [ (t.repeat 1) (t.repeat { runs = 1; load = true; })"
        ' (t.repeat { runs = 1; seed = "a"; }) ]'
    )
    assert isinstance(other, list)
    assert len(set(other)) == 3


BAD_REPEAT = {
    "{ }": "`repeat`: `runs` is missing. It is a number of runs from 1 to 1000.",
    "{ runs = 0; }": "`repeat`: `runs` is a number of runs from 1 to 1000, but 0 was given.",
    '{ runs = 1; seed = "a b"; }': "`repeat`: `seed` is a seed: letters, digits and . _ -, or null",
    "{ runs = 1; seed = 5; }": "but 5 was given.",
    '{ runs = 1; load = "yes"; }': '`repeat`: `load` is true or false, but "yes" was given.',
    "{ runs = 1; lod = true; }": "`repeat` has no argument `lod`. It accepts: load, runs, seed.",
}


@pytest.mark.parametrize(("given", "message"), BAD_REPEAT.items())
def test_wrong_arguments_of_repeat_are_refused(given: str, message: str) -> None:
    assert message in refusal(f"builtins.attrNames ({PLAIN}.repeat {given})")


@pytest.fixture
def split(tmp_path: Path) -> str:
    """A test each of whose two files runs by itself."""
    for name in ("a", "b"):
        (tmp_path / f"test_{name}.py").write_text("def test_it(machine): pass\n")
    return TEST.replace('testScript = "";', f'tests = {tmp_path}; pytest.split = "file";')


def test_each_file_has_attempts_of_its_own(split: str) -> None:
    lines = evaluate(f"map (run: run.runs) {split % FLAKY}.attempts")
    assert isinstance(lines, list)
    for number, text in enumerate(lines, 1):
        files = {line.split()[0]: line.split()[1:] for line in text.splitlines()}
        assert list(files) == ["test_a", "test_b"]
        for name, runs in files.items():
            assert [Path(run).name[33:] for run in runs] == [
                f"vm-test-report-t-{name}-attempt-{one}" for one in range(1, number + 1)
            ]
    assert evaluate(f"{NAMES} {split % FLAKY}.report.drvAttrs.runs") == ["vm-test-report-t"] * 3
    assert evaluate(f"{NAMES} {split % FLAKY}.files.test_a.attempts") == [
        f"vm-test-report-t-test_a-attempt-{number}" for number in (1, 2, 3, 4)
    ]
    assert evaluate(f"builtins.length {split % ''}.attempts") == 2
    assert evaluate(f"{split % FLAKY}.files.test_b.flaky.retries") == 2


@nixos
@pytest.mark.timeout(400)
def test_tests_of_nixos_machines_have_the_same(split: str) -> None:
    made = evaluate_nixos(
        f"let t = runTest {{ nodes.a = {{ }}; }}; f = runTest {{ nodes.a = {{ }}; {FLAKY} }};"
        f' r = (f.repeat {{ runs = 2; seed = "abc"; load = true; }})."2"; in'
        f" [ ({NAMES} t.attempts) t.flaky ({NAMES} f.attempts) f.flaky.retries"
        f" ({NAMES} f.config.report.runs) f.name r.report.seed r.report.load r.flaky ]"
    )
    assert made == [
        ATTEMPTS[:2],
        None,
        ATTEMPTS,
        2,
        ATTEMPTS[:3],
        "vm-test-run-t",
        "abc-2",
        "1",
        None,
    ]
    assert "2027-02-29" in refusal_nixos(
        '(runTest { flaky = { reason = "x"; until = "2027-02-29"; }; }).drvPath'
    )
