"""Tests and machines of NixOS have the options and the defaults of the data, and no others."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import SOURCE, TREE, evaluate_nixos, refusal_nixos

pytestmark = [
    pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree"),
    pytest.mark.timeout(400),
]

DATA = f"""
  data = import {SOURCE}/lib/options;
  path = lib.splitString ".";
  made = library.evalTest (test {{ nodes.a = {{ }}; containers.b = {{ }}; testScript = ""; }});
  # Values that other modules add to, and modules, are not their defaults any more.
  isPlain = name: option: option ? default && !(option.isInternal or false)
    && lib.elem option.type [ "bool" "string" ] || option.type ? enum || option.type ? number;
  differing = options: config: lib.filter (name:
    let option = options.${{name}}; in
    option ? default && isPlain name option
    && lib.attrByPath (path name) "missing" config != option.default) (lib.attrNames options);
  missing = options: config:
    lib.filter (name: !(lib.hasAttrByPath (path name) config)) (lib.attrNames options);
"""


def test_a_test_has_the_options_of_the_data_and_no_others() -> None:
    declared = (
        "map (o: lib.concatStringsSep ''.'' o.loc) (lib.filter (o: o.visible || o.internal)"
        " (lib.optionAttrSetToDocList made.options))"
    )
    found = evaluate_nixos(f"let {DATA} in [ ({declared}) (lib.attrNames data.test-nixos) ]")
    assert isinstance(found, list)
    # Options inside of sets have the names of their sets as well.
    inner = ("flaky.", "matrix.", "meta.", "requiredFeatures.")
    top = {name for name in found[0] if not name.startswith(inner) and "_module." not in name}
    hidden = {"withoutTestScriptReferences"}
    assert top | hidden == set(found[1])


@pytest.mark.parametrize(
    ("owner", "config"),
    [
        ("test-nixos", "made.config"),
        ("node", "made.config.nodes.a"),
        ("container", "made.config.containers.b"),
    ],
)
def test_defaults_are_those_of_the_data(owner: str, config: str) -> None:
    found = (
        f"let {DATA} in [ (differing data.{owner} ({config})) (missing data.{owner} ({config})) ]"
    )
    assert evaluate_nixos(found) == [[], []]


def test_an_option_without_data_cannot_be_declared() -> None:
    declare = f"(import {SOURCE}/lib/options/declare.nix {{ inherit lib; }})"
    refused = f"(builtins.tryEval ({declare}.test {{ motto = {{ }}; }}).motto.type).success"
    assert evaluate_nixos(refused) is False


def test_a_text_of_a_wrong_form_is_refused_as_the_data_says_it() -> None:
    form = 'type.matching = { pattern = "[0-9]+"; one = "a number"; many = "numbers"; }'
    declared = (
        f"(import {SOURCE}/lib/options/declare.nix {{ inherit lib; }}).of"
        f' {{ motto = {{ {form}; description = ""; }}; }} {{ motto = {{ }}; }}'
    )
    said = refusal_nixos(
        f'(lib.evalModules {{ modules = [ {{ options = {declared}; config.motto = "x"; }} ]; }})'
        ".config.motto"
    )
    assert "`motto' is not of type `a number'" in said
