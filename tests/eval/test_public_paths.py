"""Every file that users import stays where it is and keeps its interface."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import SOURCE, evaluate

# As much of a nixpkgs as these files look at: evaluating a test hands back its modules.
SCOPE = """
  lib = {
    trivial.release = "26.05";
    isFunction = builtins.isFunction;
    mkDefault = value: value;
    mkOption = option: option;
    toFunction = value: if builtins.isFunction value then value else _: value;
    evalModules =
      { modules, class }: { config = { result = class; test = { inherit modules; }; }; };
  };
  pkgs = { inherit lib; stdenv.hostPlatform.isLinux = true; };
"""
PATHS = {
    "default.nix": (
        "let here = import PATH { inherit pkgs; }; in"
        " [ (builtins.attrNames here) (here.lib.runTest { hostPkgs = pkgs; }) ]",
        [["flakeModules", "lib", "nixosModules", "overlays"], "nixosTest"],
    ),
    "lib/default.nix": (
        "let here = import PATH { inherit lib; }; in"
        " [ (builtins.attrNames here) (here.runTest { }) (here.evalTest { }).config.result ]",
        [["evalTest", "runTest", "testModules"], "nixosTest", "nixosTest"],
    ),
    "lib/run-test.nix": ("import PATH { inherit lib; testModules = [ ]; } { }", "nixosTest"),
    "lib/testing-python.nix": (
        "let here = import PATH { inherit pkgs; system = null; }; in"
        " [ (builtins.attrNames here) (here.runTest { })"
        ' ((here.makeTest { name = "t"; }) ? modules) ]',
        [["evalTest", "makeTest", "pkgs", "runTest", "simpleTest"], "nixosTest", True],
    ),
    "lib/make-test-python.nix": (
        "let last = list: builtins.elemAt list (builtins.length list - 1);"
        " args = { inherit pkgs; system = null; more = 1; };"
        " made = test: (last (import PATH test args).modules);"
        " name = test: (builtins.head (made test).imports).config.name; in"
        ' map name [ { name = "a"; } ({ lib, pkgs, more, ... }: { name = lib.mkDefault "b"; }) ]',
        ["a", "b"],
    ),
    "lib/overlay.nix": (
        "let after = import PATH pkgs { testers.others = 1; }; in"
        " [ (builtins.attrNames after) (builtins.attrNames after.testers) ]",
        [["nixosTest", "testers"], ["nixosTest", "others", "runNixOSTest"]],
    ),
    "lib/flake-module.nix": (
        "let module = import PATH { flake-parts-lib.mkPerSystemOption = module: module; }; in"
        " [ module.key (builtins.isFunction module.options.perSystem) ]",
        ["rehearse-flake-module", True],
    ),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_that_users_import_stays(path: str) -> None:
    expression, value = PATHS[path]
    assert evaluate(f"let {SCOPE} in {expression.replace('PATH', f'{SOURCE}/{path}')}") == value
