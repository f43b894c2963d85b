"""`lib.suite`: what it makes of tests, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.eval.evaluation import SOURCE, TREE, evaluate, evaluate_nixos, refusal

nixos = pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")
FLAKY = 'flaky = { reason = "issue 7"; until = "2027-01-31"; };'
LET = f"""
  suite = import {SOURCE}/lib/suite.nix {{ inherit debian; }};
  web = runTest {{ name = "web"; nodes.a = {{ memorySize = 300; }}; testScript = ""; {FLAKY} }};
  db = runTest {{ name = "db"; nodes.a = {{ }}; testScript = ""; }};
  derivation = name: debian.build {{ inherit name; script = ""; }};
  foreign = derivation "foreign" // {{ report = derivation "foreign-report"; flaky = "often"; }};
  tree = {{ x-1 = {{ y-2 = db; recurseForDerivations = true; }}; recurseForDerivations = true; }};
  of = tests: suite {{ name = "all"; inherit tests; }};
"""
# As much of nixpkgs as a suite takes, and something that looks like a test.
MADE = "derivation { name = ''made''; system = ''x''; builder = ''y''; }"
PACKAGES = f"""{{
  stdenv.mkDerivation = attributes: {MADE} // attributes;
  lib = {{ any = null; hasPrefix = null; optional = _: _: [ ]; versionOlder = _: _: false; }};
  python3Packages = {{
    buildPythonApplication = _: {{ }};
    toPythonModule = _: null;
    python.withPackages = _: {MADE};
    qemu-qmp.version = "1";
  }};
}}"""
ANY_TEST = f"{{ type = ''derivation''; report = {MADE}; }}"


def within(expression: str) -> str:
    """Return an expression in which `suite`, `of` and tests are known."""
    return f"let {LET} in {expression}"


def document(tests: str) -> dict[str, dict[str, Any]]:
    """Return what the document of a suite says of each test."""
    text = evaluate(within(f"(of {tests}).document"))
    assert isinstance(text, str)
    whole = json.loads(text)
    described = {test.pop("name"): test for test in whole.pop("tests")}
    assert whole == {"version": 1, "name": "all"}
    return described


def test_the_document_has_the_runs_of_each_test() -> None:
    found = document("{ inherit web; data = db; }")
    assert list(found) == ["data", "web"]
    for name, test in (("data", "db"), ("web", "web")):
        runs = evaluate(within(f"map (run: run.outPath) {test}.attempts"))
        first = evaluate(within(f"(builtins.head {test}.attempts).drvPath"))
        assert found[name]["attempts"] == runs
        assert found[name]["derivation"] == first
    assert found["data"]["flaky"] is None
    assert found["web"]["flaky"] == {"reason": "issue 7", "until": "2027-01-31", "retries": 2}
    resources = found["web"]["resources"]
    assert sorted(resources) == ["cores", "disk", "machines", "memory"]
    assert resources == evaluate(within("web.resources"))


def test_a_derivation_with_a_report_is_a_test_of_one_run() -> None:
    found = document("{ inherit foreign; }")["foreign"]
    assert found["attempts"] == [evaluate(within("foreign.report.outPath"))]
    assert found["resources"] is None
    assert found["flaky"] is None


def test_the_reports_are_built_for_a_suite_and_nothing_else_of_the_tests() -> None:
    context = "builtins.attrNames (builtins.getContext (of { inherit web; }).document)"
    runs = evaluate(within("map (run: run.drvPath) web.attempts"))
    assert isinstance(runs, list)
    assert evaluate(within(context)) == sorted(runs)


def test_trees_of_tests_lie_side_by_side() -> None:
    assert list(document("{ inherit web tree; }")) == ["tree-x-1-y-2", "web"]


def test_repetitions_are_tests() -> None:
    found = document("{ web = web.repeat { runs = 3; seed = ''s''; }; }")
    assert list(found) == ["web-1", "web-2", "web-3"]
    assert {len(test["attempts"]) for test in found.values()} == {2}


def test_a_list_takes_the_names_of_the_tests() -> None:
    assert list(document("[ web foreign db ]")) == ["db", "foreign", "web"]


def test_a_suite_has_a_verdict_and_its_tests() -> None:
    value = evaluate(
        within(
            "let s = of { inherit web; }; in [ s.name s.verdict.name s.verdict.suite"
            " (builtins.attrNames s.tests) (s.tests.web.drvPath == web.drvPath)"
            " (builtins.length s.attempts.web) s.type s.outPath ]"
        )
    )
    assert isinstance(value, list)
    output = value.pop()
    assert value == ["suite-all", "suite-verdict-all", output, ["web"], True, 4, "derivation"]


def test_nothing_of_nixpkgs_is_touched_without_it_and_nothing_of_debian_with_it() -> None:
    flake = f"(import {SOURCE}/lib/outputs.nix {{ inherit debian; nixpkgs = throw ''touched''; }})"
    assert evaluate(within(f"({flake}.suite {{ name = ''x''; tests.a = db; }}).name")) == "suite-x"
    made = (
        f"(import {SOURCE}/lib/suite.nix {{ debian = throw ''touched''; }})"
        f" {{ name = ''x''; tests.a = {ANY_TEST}; hostPkgs = {PACKAGES}; }}"
    )
    script = evaluate(f"let s = {made}; in [ s.buildCommand s.verdict.buildCommand s.python ]")
    assert isinstance(script, list)
    assert script[0].endswith("-suite.sh")
    assert script[1].endswith("-suite-verdict.sh")
    assert script[2].endswith("-made/bin/python3")


BAD = {
    "no name": ("suite { tests = { }; }", "rehearse: a suite: `name` is missing. It is part of"),
    "a wrong name": (
        'suite { name = "a b"; tests.a = db; }',
        "rehearse: suite `a b`: `name` is part of a store path",
    ),
    "no tests": ('suite { name = "all"; }', "suite `all`: `tests` is missing. It is an attribute"),
    "an empty set": ("of { }", "suite `all`: `tests` is empty: a suite has at least one test."),
    "an empty list": ("of [ ]", "suite `all`: `tests` is empty: a suite has at least one test."),
    "tests of another kind": ("of 5", "suite `all`: `tests` is an attribute set of values of any"),
    "an unknown attribute": (
        'suite { name = "all"; test.a = db; }',
        "suite `all` has no attribute `test`. It accepts: hostPkgs, name, tests. Did you mean",
    ),
    "a derivation that is no test": (
        "of { inherit db; image = derivation ''image''; }",
        "suite `all`: `tests.image` is no test: it is a derivation without `report`. Tests are what"
        " `runTest` returns, and derivations with an attribute `report`.",
    ),
    "a report that is none": (
        "of { a = derivation ''a'' // { report = true; }; }",
        "`tests.a` is no test: it is a derivation without `report`.",
    ),
    "text": ("of { a.b = ''x''; }", '`tests.a.b` is no test: it is "x".'),
    "options in place of a test": (
        "of { web = { nodes = 1; }; }",
        "`tests.web.nodes` is no test: it is 1.",
    ),
    "a function": ("of { a = x: x; }", "`tests.a` is no test: it is a function."),
    "a set without a test": (
        "of { inherit db; a.b = { }; }",
        "`tests.a` is an attribute set without a test in it.",
    ),
    "a list with something else": (
        "of [ db 5 ]",
        "element 2 of `tests` is 5, and no test with a name.",
    ),
    "two tests of one name, in a list": (
        "of [ db web db ]",
        "suite `all`: two tests have the name `db`: element 1 of `tests` and element 3 of `tests`."
        " Rename one of them, or give `tests` as an attribute set with another name for it.",
    ),
    "two tests of one name, in trees": (
        "of { a.b-c = db; a-b.c = web; }",
        "suite `all`: two tests have the name `a-b-c`: `tests.a.b-c` and `tests.a-b.c`.",
    ),
    "two leaves of one name and a quoted path": (
        'of { "a b"."c" = db; "a b-c" = web; }',
        'two tests have the name `a b-c`: `tests."a b".c` and `tests."a b-c"`.',
    ),
    "packages that are none": (
        'suite { name = "all"; tests.a = db; hostPkgs = 5; }',
        "suite `all`: `hostPkgs` is a package set of nixpkgs, or null, but 5 was given.",
    ),
}


@pytest.mark.parametrize(("made", "message"), BAD.values(), ids=BAD.keys())
@pytest.mark.parametrize("used", ["drvPath", "verdict.drvPath"])
def test_a_suite_is_refused(made: str, message: str, used: str) -> None:
    assert message in refusal(within(f"({made}).{used}"))


def test_a_test_that_cannot_be_evaluated_says_why() -> None:
    bad = "of { a = runTest { name = ''t''; nodes.a = { }; testScript = ''''; skipLint = 1; }; }"
    assert "`skipLint` is true or false" in refusal(within(f"({bad}).drvPath"))


@nixos
@pytest.mark.timeout(400)
def test_a_suite_has_tests_of_both_kinds() -> None:
    made = evaluate_nixos(
        f"let {LET.replace('runTest {', 'debian.runTest {')} debian = import {SOURCE}/lib/debian"
        " { }; inherit (debian) build; n = runTest { nodes.a = { }; };"
        " s = suite { name = ''all''; tests = { inherit db n; }; hostPkgs = pkgs; };"
        " in [ s.name (builtins.attrNames s.tests) (builtins.length s.attempts.n) s.verdict.name ]"
    )
    assert made == ["suite-all", ["db", "n"], 2, "suite-verdict-all"]
