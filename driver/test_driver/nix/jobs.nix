/*
  The attributes of a set as jobs of nix-eval-jobs, each with what tests.nix lists of it, so that they are evaluated in parallel.

  Type: (value -> list) -> value -> { <name> = derivation with `listed`; }
*/
list: root:
let
  # Nothing builds it: the program takes derivations alone, and each has what is wanted in `listed`.
  job = value: derivation {
    name = "listing";
    system = "none";
    builder = "none";
  } // { listed = list value; };
in
if root.type or null == "derivation" || !builtins.isAttrs root then { } else builtins.mapAttrs (_: job) root
