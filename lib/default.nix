/**
  Tests of NixOS machines, with the library of a nixpkgs: what its own `nixos/lib/testing` offers.

  Type: { lib } -> { evalTest, runTest, testModules }

  Example: (import ./lib { inherit (pkgs) lib; }).runTest { hostPkgs = pkgs; imports = [ ./test.nix ]; }
*/
{ lib }:
let
  testModules = import ../modules/test;
in
{
  inherit testModules;

  /**
    Evaluate a test, with all its options and their values.

    Type: module -> { config, options, extendModules, ... }
  */
  evalTest = import ./nixos/eval-test.nix { inherit lib testModules; };

  /**
    Turn a test into the derivation that runs it, or for a test with a `matrix` into a tree of them.

    Type: module -> derivation
  */
  runTest = import ./run-test.nix { inherit lib testModules; };
}
