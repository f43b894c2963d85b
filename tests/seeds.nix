/**
  The check `seed-<name>` of each tutorial, made from the very files that `nix flake init -t rehearse#tutorial-<name>`
  gives: templates/tutorial-<name>/test.nix.

  Type: { debian } -> { seed-<name> = derivation; }
*/
{ debian }:
let
  templates = import ../templates;
  prefix = "tutorial-";
  after = builtins.stringLength prefix;
  isTutorial = name: builtins.substring 0 after name == prefix;
in
builtins.listToAttrs (
  map (name: {
    name = "seed-${builtins.substring after (-1) name}";
    value = debian.runTest (import (templates.${name}.path + "/test.nix"));
  }) (builtins.filter isTutorial (builtins.attrNames templates))
)
