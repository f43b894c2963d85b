/**
  A test with a number of machines, made by one of two frameworks.

  Type: { tree :: path, ours :: bool, machines :: int } -> store path of its derivation
*/
{
  tree,
  ours,
  machines,
}:
let
  pkgs = import tree {
    system = "x86_64-linux";
    config = { };
    overlays = [ ];
  };
  inherit (pkgs) lib;
  framework = if ours then import ../../lib { inherit lib; } else import (tree + "/nixos/lib") { inherit lib; };
in
(framework.runTest {
  name = "evaluation";
  hostPkgs = pkgs;
  nodes = lib.genAttrs (map (number: "m${toString number}") (lib.range 1 machines)) (_: { });
  testScript = "start_all()";
}).drvPath
