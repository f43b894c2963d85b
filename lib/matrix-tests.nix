/**
  The tests of a tree that a `matrix` made, side by side, as flake outputs want them.

  Type: { lib } -> name -> derivation or tree of them -> { <name> = derivation; }
*/
{ lib }:
let
  flatten =
    name: tree:
    if lib.isDerivation tree then
      { ${name} = tree; }
    else
      lib.concatMapAttrs (branch: flatten "${name}-${branch}") (
        removeAttrs tree [
          "extend"
          "recurseForDerivations"
        ]
      );
in
flatten
