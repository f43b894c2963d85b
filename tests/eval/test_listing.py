"""What `rehearse test` finds in a value of a flake."""

from __future__ import annotations

from typing import Any

from tests.eval.evaluation import SOURCE, evaluate, refusal

NEEDS = {"memory": 512, "cores": 1, "disk": 1024, "machines": 1}
MADE = f"""
  list = import {SOURCE}/driver/test_driver/nix/tests.nix;
  make = name: derivation {{ inherit name; system = "x86_64-linux"; builder = "/b"; }};
  upTo = count: builtins.genList (number: toString (number + 1)) count;
  test = name: make "run-${{name}}" // {{
    report = make "report-${{name}}";
    resources = {{ memory = 512; cores = 1; disk = 1024; machines = 1; }};
    repeat = given: builtins.listToAttrs (map (number: {{
      name = number;
      value.report = make "report-${{name}}-${{given.seed}}-${{number}}";
    }}) (upTo given.runs));
  }};
"""


def listed(value: str, repeat: str = "null") -> dict[str, Any]:
    """Return what the expression lists of a value."""
    found = evaluate(f"let {MADE} in list {{ repeat = {repeat}; }} ({value})")
    assert isinstance(found, dict)
    return found


def paths(found: dict[str, Any]) -> list[list[str]]:
    """Return the paths of the tests."""
    return [test["path"] for test in found["tests"]]


def test_tests_and_what_is_none() -> None:
    found = listed(
        '{ web = test "web"; lint = make "lint"; text = "x"; set = { web = test "web"; };'
        ' none = null; function = x: x; foreign = make "f" // { report = make "r"; }; }'
    )
    assert paths(found) == [["foreign"], ["web"]]
    assert found["others"] == [["function"], ["lint"], ["none"], ["set"], ["text"]]
    foreign, web = found["tests"]
    assert web["resources"] == NEEDS
    assert (foreign["resources"], foreign["flaky"], foreign["parts"]) == (None, None, 1)
    (run,) = web["runs"]
    assert run["derivation"].endswith("-report-web.drv")
    assert run["output"].endswith("-report-web")


def test_a_test_alone_and_a_derivation_alone() -> None:
    assert paths(listed('test "web"')) == [[]]
    assert listed('make "lint"') == {"tests": [], "others": [[]]}


def test_trees_are_looked_into() -> None:
    tree = '{ a = { recurseForDerivations = true; b = test "b"; c = test "c"; }; }'
    assert paths(listed(tree)) == [["a", "b"], ["a", "c"]]


def test_a_test_may_be_called_as_the_function_of_a_matrix() -> None:
    assert paths(listed('{ extend = test "a"; web = test "b"; }')) == [["extend"], ["web"]]
    tree = '{ a = { recurseForDerivations = true; extend = x: x; b = test "b"; }; }'
    assert listed(tree)["others"] == []
    assert paths(listed(tree)) == [["a", "b"]]


def test_a_tree_has_all_tests_as_checks_and_in_suites() -> None:
    made = 'derivation { name = "a"; system = "x"; builder = "y"; }'
    flat = f"builtins.attrNames (import {SOURCE}/lib/matrix-tests.nix"
    assert evaluate(f'{flat} "web" {{ a = {made}; extend = {made}; }})') == ["web-a", "web-extend"]
    assert evaluate(f'{flat} "web" {{ a = {made}; extend = x: x; }})') == ["web-a"]


def test_a_suite_stands_for_its_tests() -> None:
    tests = '{ a = test "a"; b = test "b"; }'
    suite = f'make "s" // {{ report = make "r"; verdict = make "v"; tests = {tests}; }}'
    assert paths(listed(suite)) == [["a"], ["b"]]
    assert paths(listed(f'{{ all = {suite}; c = test "c"; }}')) == [
        ["all", "a"],
        ["all", "b"],
        ["c"],
    ]


def test_repetitions_are_in_order() -> None:
    (test,) = listed('test "web"', '{ runs = 12; seed = "abc"; load = false; }')["tests"]
    names = [run["output"].partition("-report-web-")[2] for run in test["runs"]]
    assert names == [f"abc-{number}" for number in range(1, 13)]


def test_a_derivation_without_repeat_has_no_repetitions() -> None:
    foreign = 'make "f" // { report = make "r"; }'
    (test,) = listed(foreign, '{ runs = 2; seed = "abc"; load = false; }')["tests"]
    assert test["runs"] == []


def test_the_parts_of_a_test_are_counted() -> None:
    (found,) = listed('test "web" // { files = { a = test "a"; b = test "b"; }; }')["tests"]
    assert found["parts"] == 2


def test_real_tests_are_listed() -> None:
    module = '{ name = "web"; nodes.web = { }; testScript = ""; }'
    (found,) = listed(f"runTest {module}")["tests"]
    assert found["resources"]["machines"] == 1
    assert "vm-test-report-web" in found["runs"][0]["derivation"]


def test_a_value_that_cannot_be_evaluated_fails_as_a_whole() -> None:
    said = refusal(f'let {MADE} in list {{ repeat = null; }} {{ web = throw "broken: web"; }}')
    assert "broken: web" in said
