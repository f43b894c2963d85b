/**
  The tests of a tree that a `matrix` made, side by side, as flake outputs want them.

  Type: name -> derivation or tree of them -> { <name> = derivation; }

  Example: checks.x86_64-linux = matrixTests "web" (runTest ./web.nix)
*/
let
  branches =
    tree:
    removeAttrs tree [
      "extend"
      "recurseForDerivations"
    ];
  flatten =
    name: tree:
    if tree.type or null == "derivation" then
      [ { inherit name; value = tree; } ]
    else
      builtins.concatMap (branch: flatten "${name}-${branch}" tree.${branch}) (
        builtins.attrNames (branches tree)
      );
in
name: tree: builtins.listToAttrs (flatten name tree)
