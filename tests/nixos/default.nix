/**
  The examples as tests of one nixpkgs.

  Type: { hostPkgs, runTest } -> { <name> = derivation; }
*/
{ hostPkgs, runTest }:
builtins.mapAttrs (
  _: test:
  runTest {
    imports = [ test ];
    inherit hostPkgs;
  }
) (import ./examples)
