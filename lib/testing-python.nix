/**
  The older way in, for tests written against nixpkgs' file of this name.

  Type: { pkgs, system, ... } -> { evalTest, runTest, makeTest, simpleTest, pkgs }

  Example: with import ./lib/testing-python.nix { inherit pkgs; }; makeTest { name = "ping"; nodes = { ... }; testScript = "..."; }
*/
{
  system ? builtins.currentSystem,
  pkgs ? import <nixpkgs> { inherit system config; },
  config ? { },
  extraConfigurations ? [ ],
  # Accepted and without effect, as it is there.
  minimal ? false,
}:
let
  inherit (pkgs) lib;
  tests = import ./. { inherit lib; };
  withPackages = module: {
    imports = [
      module
      {
        _file = ./testing-python.nix;
        hostPkgs = pkgs;
        compatibility = lib.mkDefault "nixpkgs";
        defaults.imports = extraConfigurations;
      }
    ];
  };
in
assert builtins.isBool minimal;
rec {
  inherit pkgs;
  evalTest = module: tests.evalTest (withPackages module);
  runTest = module: tests.runTest (withPackages module);
  makeTest =
    { pos ? null, ... }@test:
    let
      evaluated = evalTest {
        _file = if pos == null then "makeTest" else "${pos.file}:${toString pos.line}";
        config = {
          name = lib.mkDefault "unnamed";
        }
        // removeAttrs test [ "pos" ];
      };
    in
    evaluated.config.test // evaluated.config;
  simpleTest = test: (makeTest test).test;
}
