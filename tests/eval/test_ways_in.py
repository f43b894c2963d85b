"""The ways to a test besides `lib`: overlay, module of flake-parts, templates, without flakes."""

from __future__ import annotations

import os
import re

import pytest

from tests.eval.evaluation import SOURCE, TREE, evaluate, evaluate_nixos

FLAKE_PARTS = os.environ.get("FLAKE_PARTS_TREE")

nixos = [
    pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree"),
    pytest.mark.timeout(400),
]
flake_parts = [
    *nixos,
    pytest.mark.skipif(FLAKE_PARTS is None, reason="FLAKE_PARTS_TREE names no flake-parts"),
]

# What Nix gives a flake: inputs that are flakes, as far as these tests look at them.
FLAKES = f"""
  call = folder: inputs: let
    outputs = (import (folder + "/flake.nix")).outputs (inputs // {{ inherit self; }});
    self = outputs // {{ inherit inputs; outPath = folder; _type = "flake"; }};
  in self;
  nixpkgs = {{
    outPath = {TREE};
    _type = "flake";
    inherit lib;
    legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" "aarch64-darwin" ]
      (system: import {TREE} {{ inherit system; config = {{ }}; overlays = [ ]; }});
  }};
  rehearse = call {SOURCE} {{ inherit nixpkgs; }};
  template = name: call rehearse.templates.${{name}}.path;
  withFlakeParts = module: (flake-parts.lib.mkFlake {{
    inputs = {{ inherit nixpkgs; self = {{ outPath = /.; inputs = {{ inherit nixpkgs; }}; }}; }};
  }} {{
    imports = [ rehearse.flakeModules.default module ];
    systems = [ "x86_64-linux" ];
  }});
  checksOf = module: (withFlakeParts module).checks.x86_64-linux;
  packagesOf = module: (withFlakeParts module).legacyPackages.x86_64-linux;
  flake-parts = (import {FLAKE_PARTS}/flake.nix).outputs {{ nixpkgs-lib = nixpkgs; }};
  isDerivation = value: lib.isString value.drvPath;
  names = test: [ test.name (isDerivation test) (isDerivation test.driverInteractive) ];
"""
MATRIX = "{ testScript = ''''; matrix.how.choice = { a.module = { }; b.module = { }; }; }"
# The ways in that whole projects switch by.
SWITCHES = (
    *("overlay", "overlay-older", "testers", "testers-older"),
    *("makeTest", "simpleTest", "testing-python", "make-test-python"),
)
CASES: dict[str, tuple[str, object]] = {
    "without flakes": (
        f"let here = import {SOURCE} {{ inherit pkgs; }}; in [ (lib.attrNames here) "
        '(here.lib.runTest { hostPkgs = pkgs; name = "t"; testScript = ""; }).name ]',
        [["flakeModules", "lib", "overlays"], "vm-test-run-t"],
    ),
    "the overlay replaces nixpkgs' functions": (
        f"let packages = import {TREE} {{ system = ''x86_64-linux''; config = {{ }}; overlays ="
        " [ rehearse.overlays.default (_: _: { later = 1; }) ]; };"
        ' test = { name = "t"; nodes.a = { pkgs, ... }: { environment.etc.x.text = toString'
        ' pkgs.later; }; testScript = ""; };'
        " of = made: [ (made ? scriptCheck) made.nodes.a.environment.etc.x.text ];"
        " in map of [ (packages.testers.runNixOSTest test) (packages.testers.nixosTest test)"
        " (packages.nixosTest test) ] ++ [ (packages.testers ? testBuildFailure) ]",
        [[True, "1"], [True, "1"], [True, "1"], True],
    ),
    "whose meaning methods have by default": (
        f"let packages = import {TREE} {{ system = ''x86_64-linux''; config = {{ }};"
        " overlays = [ rehearse.overlays.default ]; };"
        ' test = { name = "t"; nodes.a = { }; testScript = ""; };'
        f" older = import {SOURCE}/lib/testing-python.nix {{ inherit pkgs; }};"
        f" framework = import {SOURCE}/lib {{ inherit lib; }};"
        " of = make: map (more: (make (test // more)).config.driverConfiguration.compatibility)"
        ' [ { } { compatibility = "rehearse"; } { compatibility = "nixpkgs"; } ];'
        " withPackages = function: given: function (given // { hostPkgs = pkgs; });"
        " in { overlay = of packages.testers.runNixOSTest; overlay-older = of packages.nixosTest;"
        " testers = of (rehearse.lib.testers pkgs).runNixOSTest;"
        " testers-older = of (rehearse.lib.testers pkgs).nixosTest;"
        " makeTest = of (given: (older.makeTest given).test); simpleTest = of older.simpleTest;"
        " testing-python = of older.runTest; make-test-python = of (given: (import"
        f" {SOURCE}/lib/make-test-python.nix given {{ inherit pkgs; }}).test);"
        " runTest = of (withPackages rehearse.lib.runTest);"
        " framework = of (withPackages framework.runTest); }",
        {way: ["nixpkgs", "rehearse", "nixpkgs"] for way in SWITCHES}
        | {way: ["rehearse", "rehearse", "nixpkgs"] for way in ("runTest", "framework")},
    ),
    "template minimal": (
        '(t: names t) (template "minimal" { inherit nixpkgs rehearse; }).checks.x86_64-linux.hello',
        ["vm-test-run-hello", True, True],
    ),
    "template two-machines": (
        'lib.mapAttrs (_: checks: names checks.web) (removeAttrs (template "two-machines"'
        ' { inherit nixpkgs rehearse; }).checks [ "aarch64-darwin" ])',
        {
            "x86_64-linux": ["vm-test-run-web", True, True],
            "aarch64-linux": ["vm-test-run-web", True, True],
        },
    ),
    "template checks-imports": (
        'lib.mapAttrs (_: names) (template "checks-imports" { inherit nixpkgs rehearse; })'
        ".checks.x86_64-linux",
        {
            "older": ["vm-test-run-older", True, True],
            "simple": ["vm-test-run-simple", True, True],
        },
    ),
}
WITH_FLAKE_PARTS: dict[str, tuple[str, object]] = {
    "template flake-parts": (
        'lib.mapAttrs (_: lib.mapAttrs (_: names)) (template "flake-parts"'
        " { inherit nixpkgs rehearse flake-parts; }).checks",
        {
            system: {
                "hello": ["vm-test-run-hello", True, True],
                "ping": ["vm-test-run-ping", True, True],
            }
            for system in ("aarch64-linux", "x86_64-linux")
        },
    ),
    "a matrix gives a check for each combination": (
        f"lib.attrNames (checksOf {{ perSystem.vmTests.web = {MATRIX}; }})",
        ["web-how-a", "web-how-b"],
    ),
    "definitions of one test in two modules are one test": (
        "lib.attrNames (checksOf { imports = [ { perSystem.vmTests.web.nodes.a = { }; }"
        " { perSystem.vmTests.web.nodes.b = { }; } rehearse.flakeModules.default ]; }).web.nodes",
        ["a", "b"],
    ),
    "tests stand in legacyPackages, too": (
        f"lib.attrNames (packagesOf {{ perSystem.vmTests.web = {MATRIX}; }})",
        ["web-how-a", "web-how-b"],
    ),
    "packages of the flake go before a test of their name": (
        'let all = packagesOf { perSystem = { lib, ... }: { legacyPackages = { b = "mine";'
        ' c = lib.mkDefault "mine"; other = 1; }; vmTests = lib.genAttrs [ "a" "b" "c" ]'
        ' (_: { testScript = ""; }); }; }; in [ all.a.name all.b all.c all.other ]',
        ["vm-test-run-a", "mine", "mine", 1],
    ),
    "methods have this project's meaning": (
        'let of = more: (checksOf { perSystem.vmTests.web = { testScript = ""; } // more; })'
        ".web.config.driverConfiguration.compatibility; in [ (of { })"
        ' (of { compatibility = "nixpkgs"; }) ]',
        ["rehearse", "nixpkgs"],
    ),
    "a test may say its own name": (
        '(checksOf { perSystem.vmTests.web = { name = "n"; testScript = ""; }; }).web.name',
        "vm-test-run-n",
    ),
}


@pytest.mark.parametrize("case", [pytest.param(case, id=case, marks=nixos) for case in CASES])
def test_with_nixpkgs(case: str) -> None:
    expression, value = CASES[case]
    assert evaluate_nixos(f"let {FLAKES} in {expression}") == value


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case, marks=flake_parts) for case in WITH_FLAKE_PARTS]
)
def test_with_flake_parts(case: str) -> None:
    expression, value = WITH_FLAKE_PARTS[case]
    assert evaluate_nixos(f"let {FLAKES} in {expression}") == value


def test_templates_are_known_without_nixpkgs() -> None:
    expression = f"builtins.mapAttrs (_: one: one.description) (import {SOURCE}/templates)"
    templates = evaluate(expression)
    assert isinstance(templates, dict)
    assert sorted(templates) == [
        "checks-imports",
        "ci",
        "debian",
        "default",
        "flake-parts",
        "minimal",
        "pytest",
        "tutorial-desktop",
        "tutorial-end-to-end",
        "tutorial-epics",
        "tutorial-ping",
        "tutorial-random-network",
        "tutorial-rest",
        "two-machines",
    ]
    assert templates["default"] == templates["minimal"]


def test_the_template_of_pytest_has_tests_of_debian_machines() -> None:
    found = evaluate(
        f"""let
          flake = import {SOURCE}/templates/pytest/flake.nix;
          rehearse = {{ lib = {{ inherit debian; }}; devShells = 1; }};
          outputs = flake.outputs {{ self = outputs; inherit rehearse; }};
          inherit (outputs.checks.x86_64-linux) web;
        in {{
          inherit (web) name;
          machines = builtins.attrNames web.nodes;
          tests = builtins.attrNames (builtins.readDir web.testsFolder);
          inherit (web.testbed) drvPath;
          program = outputs.legacyPackages.x86_64-linux.web.pytest.meta.mainProgram;
          inherit (outputs) devShells;
        }}"""
    )
    assert isinstance(found, dict)
    assert found.pop("drvPath").endswith("-testbed-web.drv")
    assert found == {
        "name": "vm-test-run-web",
        "machines": ["client", "server"],
        "tests": ["conftest.py", "test_failures.py", "test_pages.py"],
        "program": "pytest",
        "devShells": 1,
    }


def test_each_template_says_what_to_do_in_a_list() -> None:
    texts = evaluate(f"builtins.mapAttrs (_: one: one.welcomeText) (import {SOURCE}/templates)")
    assert isinstance(texts, dict)
    # As Markdown, other lines would be joined.
    lines = [line for text in texts.values() for line in text.splitlines()]
    pages = [line for line in lines if "docs/tutorials/" in line]
    for line in pages:
        assert re.fullmatch(r"- [^`:]+: docs/tutorials/[a-z-]+\.md of rehearse", line)
    for line in set(lines) - set(pages):
        assert re.fullmatch(r"- [^`]+: `nix [^`]+`", line)
    assert "nix run .#web.pytest -- -k page" in texts["pytest"]


def test_each_template_is_a_folder_with_a_flake() -> None:
    found = evaluate(
        f'builtins.mapAttrs (_: one: builtins.pathExists (one.path + "/flake.nix"))'
        f" (import {SOURCE}/templates)"
    )
    assert isinstance(found, dict)
    assert all(found.values())
