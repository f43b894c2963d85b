/**
  Turn a test into the derivation that runs it, or for a test with a `matrix` into a tree of them.

  Type: { lib, testModules } -> module -> derivation
*/
{ lib, testModules }:
let
  evalTest = import ./nixos/eval-test.nix { inherit lib testModules; };
  resultIsTest =
    { config, ... }:
    {
      _file = ./run-test.nix;
      result = config.test;
    };
in
module:
(evalTest {
  imports = [
    module
    resultIsTest
  ];
}).config.result
