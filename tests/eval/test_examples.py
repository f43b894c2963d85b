"""The examples of tests on NixOS machines, and what nixpkgs' own framework makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, TREE, evaluate, evaluate_nixos
from tests.nixos.compare.projects import main

COMPARABLE = f"{SOURCE}/tests/nixos/comparable.nix"
# Debian machines and warm starts are not in nixpkgs. Its containers have other units and another
# name of the test, depending on the release.
NOT_COMPARABLE = ["containers", "mixed", "warm"]
COMPARED = [
    *("browser", "desktop", "desktop-firefox", "instrument", "interactive-ssh", "ping"),
    *("random-network", "rest-interface", "service", "test-options"),
]
with_tree = pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where all comparisons keep their copy of the tree."""
    return tmp_path_factory.mktemp("copy")


def test_each_example_is_compared_but_for_three() -> None:
    compared = evaluate(
        f"builtins.attrNames (import {COMPARABLE} {{ lib = null; pkgs.testers = null; }})"
    )
    examples = evaluate(f"builtins.attrNames (import {SOURCE}/tests/nixos/examples)")
    assert compared == COMPARED
    assert examples == sorted([*COMPARED, *NOT_COMPARABLE])


def test_the_random_network_follows_the_rules_of_its_tutorial() -> None:
    script = evaluate(f"(import {SOURCE}/tests/nixos/examples/random-network.nix).testScript")
    rules = (SOURCE / "templates/tutorial-random-network/network.py").read_text()
    assert isinstance(script, str)
    assert rules in script
    assert "\nNetwork.run(" in script


@with_tree
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", COMPARED)
def test_an_example_is_the_same_under_both_frameworks(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([COMPARABLE, name, "--folder", str(folder)])
    said = capsys.readouterr().out
    assert f"same: {name}: documented: " in said, said
    assert "1 tests, 1 evaluate under nixpkgs' own framework: 1 the same here" in said
    assert status == 0


@with_tree
@pytest.mark.timeout(600)
def test_the_machines_of_the_random_network_that_are_compared_are_its_variants() -> None:
    compared, variants = _systems_of_the_random_network()
    assert compared == variants
    assert len(set(compared)) == 4


def _systems_of_the_random_network() -> tuple[list[str], list[str]]:
    """Return the systems that are compared, and the variants of the example they stand for."""
    found = evaluate_nixos(
        f"""let
          testers = import {SOURCE}/lib/testers.nix {{ inherit pkgs; }};
          compared = (import {COMPARABLE} {{ inherit lib; pkgs = pkgs // {{ inherit testers; }}; }})
            .random-network.nodes;
          example = (testers.runNixOSTest {SOURCE}/tests/nixos/examples/random-network.nix).nodes;
          system = machine: machine.system.build.toplevel.drvPath;
          variants = node: map (one: system one.machine) node.virtualisation.variantMachines;
        in {{
          compared = map system (lib.attrValues compared);
          variants = lib.zipListsWith (n: name: lib.elemAt (variants example.${{name}}) n)
            (lib.range 0 3) (lib.attrNames example);
        }}"""
    )
    assert isinstance(found, dict)
    return found["compared"], found["variants"]
