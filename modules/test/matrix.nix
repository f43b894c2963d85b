# One test for each combination of choices.
{
  config,
  lib,
  extendModules,
  ...
}:
let
  inherit (lib) types;

  made = decision: choice: {
    _file = "matrix.${decision}.choice.${choice}";
    _module.args.${decision} = lib.mkDefault choice;
    matrixDecisionsMade.${decision} = choice;
    matrixIsRoot = lib.mkDefault false;
  };

  declare = import ../../lib/options/declare.nix { inherit lib; };
  # The data of the options of a decision, and of those of a choice.
  ofDecision = (import ../../lib/options/test).nixos.matrix.type.lazyAttrsOf.set.options;
  ofChoice = ofDecision.choice.type.lazyAttrsOf.set.options;
  choice =
    decision:
    { name, ... }:
    {
      options = declare.of ofChoice {
        enable = { };
        module.type = (extendModules { modules = [ (made decision name) ]; }).type;
      };
    };
  decision =
    { name, ... }:
    {
      options = declare.of ofDecision {
        after = { };
        enable = { };
        choice.type = types.lazyAttrsOf (types.submodule (choice name));
      };
    };

  before = a: b: lib.elem a config.matrix.${b}.after;
  sorted = lib.toposort before (lib.attrNames config.matrix);
  order =
    sorted.result
      or (throw "rehearse: test `${config.name}`: the decisions ${lib.concatMapStringsSep ", " (name: "`${name}`") (sorted.cycle ++ sorted.loops)} of its `matrix` are `after` each other.");
  isOpen = name: !(config.matrixDecisionsMade ? ${name}) && config.matrix.${name}.enable;
  # Whether a later one is enabled may depend on it: those are not looked at.
  next = lib.foldr (name: later: if isOpen name then name else later) null order;
  choices = lib.filterAttrs (_: one: one.enable) config.matrix.${next}.choice;
in
{
  options = declare.test {
    matrix.type = types.lazyAttrsOf (types.submodule decision);
    matrixDecisionsMade = { };
    matrixIsRoot = { };
    minimalResult = { };
    params = { };
  };

  config = {
    _module.args = { inherit (config) params; };

    result = lib.mkIf (next != null) (
      lib.mkForce (
        lib.mapAttrs' (name: one: lib.nameValuePair "${next}-${name}" one.module.result) choices
        // {
          recurseForDerivations = true;
        }
        // lib.optionalAttrs (config.matrixIsRoot && !config.minimalResult) {
          inherit (config.passthru) extend;
        }
      )
    );
  };
}
