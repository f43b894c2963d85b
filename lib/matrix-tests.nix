/**
  The tests of a tree that a `matrix` made, side by side, as flake outputs want them.

  Type: name -> derivation or tree of them -> { <name> = derivation; }

  Example: checks.x86_64-linux = matrixTests "web" (runTest ./web.nix)
*/
let
  flatTests = import ./flat-tests.nix;
in
name: tree: builtins.listToAttrs (flatTests name tree)
