/**
  The examples as tests of one nixpkgs.

  Type: { hostPkgs, runTest } -> { <name> = derivation; }

  Example: nix-build tests/nixos --attr ping --arg hostPkgs 'import <nixpkgs> { }'
*/
{
  hostPkgs,
  runTest ? (import ../../lib { inherit (hostPkgs) lib; }).runTest,
}:
builtins.mapAttrs (
  _: test:
  runTest {
    imports = [ test ];
    inherit hostPkgs;
  }
) (import ./examples)
