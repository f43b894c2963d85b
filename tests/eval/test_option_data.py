"""The data of options is complete, and is what tests and machines are made from."""

from __future__ import annotations

import json
import re

import pytest

from tests.eval.evaluation import SOURCE, evaluate

OPTIONS = f"(import {SOURCE}/lib/options)"
GOOD = 'good = { type = "bool"; default = true; example = false; description = "Does it."; };'
PROBLEMS = f"let {GOOD} problems = import {SOURCE}/lib/options/problems.nix; in problems"

# Data of the option `x`, and what is said of it.
FAULTS = {
    "no description": ('removeAttrs good [ "description" ]', "`x` has no description."),
    "an empty description": ('good // { description = " \\n"; }', "`x` has no description."),
    "a description that is no text": ("good // { description = 1; }", "`x` has no description."),
    "no type": ('removeAttrs good [ "type" ]', "`x` has no type."),
    "a mistyped type": (
        'good // { type = "boolean"; }',
        "`x` has a type that lib/options/types.nix does not know.",
    ),
    "a type with two attributes": (
        'good // { type = { listOf = "bool"; nullOr = "bool"; }; }',
        "`x` has a type that lib/options/types.nix does not know.",
    ),
    "an unknown type of elements": (
        'good // { type.listOf.nullOr = "boolean"; }',
        "`x` has a type that lib/options/types.nix does not know.",
    ),
    "no default": (
        'removeAttrs good [ "default" ]',
        "`x` has no default: give `default`, `defaultText`, `required = true` or `isSet = true`.",
    ),
    "a default of a wrong type": (
        "good // { default = 5; }",
        "`x` is true or false, but its default is 5.",
    ),
    "a default that nobody gets": (
        "good // { required = true; }",
        "`x` has a default that has no effect.",
    ),
    "no example": ('removeAttrs good [ "example" ]', "`x` has no example."),
    "an example of a wrong type": (
        'good // { type.listOf = "bool"; default = [ ]; example = [ true "no" ]; }',
        '`x` is a list of values true or false, but its example is a list whose element 2 is "no".',
    ),
    "a mistyped attribute": (
        'good // { exampletext = "x"; }',
        "`x` has the unknown attribute `exampletext`.",
    ),
    "an option of a set without a description": (
        "good // { default = { }; example = { }; type.attrsOf.set = { one = ''a''; many = ''b'';"
        ' options.y = removeAttrs good [ "description" ]; }; }',
        "`x.<name>.y` has no description.",
    ),
}


def test_the_data_of_all_options_is_complete() -> None:
    found = evaluate(
        f"builtins.concatMap (owner: import {SOURCE}/lib/options/problems.nix owner"
        f" {OPTIONS}.${{owner}}) (builtins.attrNames {OPTIONS})"
    )
    assert found == []


@pytest.mark.parametrize(("data", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_incomplete_data_is_found(data: str, message: str) -> None:
    assert evaluate(f'{PROBLEMS} "node" {{ x = {data}; }}') == [f"node: {message}"]


def test_good_data_has_no_fault() -> None:
    assert evaluate(f'{PROBLEMS} "node" {{ x = good; }}') == []


def test_modules_declare_options_from_the_data_alone() -> None:
    declared = re.compile(r"\bmk(Enable|Package)?Option\b")
    files = [
        path.relative_to(SOURCE)
        for folder in ("lib", "modules")
        for path in sorted((SOURCE / folder).rglob("*.nix"))
        if declared.search(path.read_text(encoding="utf-8"))
    ]
    assert list(map(str, files)) == ["lib/options/declare.nix"]


def test_defaults_of_a_debian_test_are_those_of_the_data() -> None:
    required = 'name = "t"; nodes.a = { }; testScript = "";'
    values = evaluate(
        f"let options = {OPTIONS}.test-debian; values = import {SOURCE}/lib/options/checked.nix"
        f' {{ noun = "option"; inherit options; }} "t" {{ {required} }}; in'
        " builtins.mapAttrs (_: builtins.toJSON) (removeAttrs values"
        ' [ "name" "nodes" "testScript" ])'
    )
    data = evaluate(f"builtins.mapAttrs (_: option: option.default or null) {OPTIONS}.test-debian")
    assert isinstance(values, dict)
    assert isinstance(data, dict)
    assert data.pop("nodes") == {}
    for name in ("name", "testScript"):
        assert data.pop(name) is None
    for group in ("pytest", "sshBackdoor"):
        inner = [name for name in data if name.startswith(f"{group}.")]
        of_group = {name.removeprefix(f"{group}."): data.pop(name) for name in inner}
        assert json.loads(values.pop(group)) == of_group != {}
    assert {name: json.loads(text) for name, text in values.items()} == data


def test_defaults_of_a_debian_node_are_those_of_the_data() -> None:
    options = f"{OPTIONS}.debian-node"
    data = evaluate(f"builtins.mapAttrs (_: option: option.default or null) {options}")
    # The values of these follow from other attributes, or from the test.
    derived = {"kernel", "recordScreen", "variants", "vlans", "warmStart"}
    node = f'(import {SOURCE}/lib/debian/node.nix "a" {{ }})'
    values = evaluate(f"builtins.mapAttrs (_: builtins.toJSON) {node}")
    assert isinstance(data, dict)
    assert isinstance(values, dict)
    assert json.loads(values.pop("qemu")) == {"options": data.pop("qemu.options")}
    assert {name: json.loads(values[name]) for name in data if name not in derived} == {
        name: value for name, value in data.items() if name not in derived
    }
    found = [json.loads(values[name]) for name in sorted(derived)]
    assert found == ["trixie", None, {}, [1], None]


def test_no_check_of_debian_machines_touches_nixpkgs() -> None:
    found = evaluate(
        f"let outputs = (import {SOURCE}/flake.nix).outputs {{ self = outputs;"
        ' nixpkgs = throw "nixpkgs was touched"; }; checks = outputs.checks.x86_64-linux; in'
        " map (name: checks.${name}.drvPath) (builtins.filter (name:"
        ' builtins.match "debian-.*" name != null) (builtins.attrNames checks))'
    )
    assert isinstance(found, list)
    assert len(found) > 20
