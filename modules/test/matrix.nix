# One test for each combination of choices.
{
  config,
  lib,
  extendModules,
  ...
}:
let
  inherit (lib) mkOption types;

  made = decision: choice: {
    _file = "matrix.${decision}.choice.${choice}";
    _module.args.${decision} = lib.mkDefault choice;
    matrixDecisionsMade.${decision} = choice;
    matrixIsRoot = lib.mkDefault false;
  };

  choice =
    decision:
    { name, ... }:
    {
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          example = lib.literalExpression "backend != \"smtp\"";
          description = "Keeps the choice. One that is not enabled makes no test.";
        };
        module = mkOption {
          type = (extendModules { modules = [ (made decision name) ]; }).type;
          default = { };
          visible = "shallow";
          example = { defaults.services.openssh.enable = true; };
          description = "Options of the test that hold when this choice is made.";
        };
      };
    };

  decision =
    { name, ... }:
    {
      options = {
        after = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "backend" ];
          description = ''
            Decisions that are made before this one. Their names are arguments here: `enable` and the choices may
            depend on them. Of decisions that do not depend on each other, the alphabet says which is first.
          '';
        };
        enable = mkOption {
          type = types.bool;
          default = true;
          example = lib.literalExpression "backend == \"postgresql\"";
          description = "Keeps the decision. One that is not enabled is not made: its choices change nothing.";
        };
        choice = mkOption {
          type = types.lazyAttrsOf (types.submodule (choice name));
          default = { };
          example = lib.literalExpression "{ ext4.module = { ... }; xfs.module = { ... }; }";
          description = ''
            Outcomes of the decision by name. Each makes a test in which the decision's name is an argument of modules
            with the choice's name as its value.
          '';
        };
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
  options = {
    matrix = mkOption {
      type = types.lazyAttrsOf (types.submodule decision);
      default = { };
      example = lib.literalExpression ''
        {
          filesystem.choice.ext4.module = { };
          filesystem.choice.xfs.module.defaults.virtualisation.fileSystems."/".fsType = "xfs";
        }
      '';
      description = ''
        Decisions of which the test is made in all combinations. The result is then a tree of tests: an attribute
        `<decision>-<choice>` for each choice, and below it the decisions that are left.
      '';
    };

    matrixDecisionsMade = mkOption {
      type = types.lazyAttrsOf types.str;
      default = { };
      internal = true;
      description = "The choice by decision, for those that are made.";
    };

    matrixIsRoot = mkOption {
      type = types.bool;
      default = true;
      internal = true;
      description = "Whether no decision is made yet.";
    };

    minimalResult = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Leaves `extend` out of the tree that a {option}`matrix` makes, for build farms that walk it.";
    };

    params = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      example = { version = 15; };
      description = ''
        Values for use in the test's modules, where they are the argument `params`: a place for what a caller, or a
        choice of the {option}`matrix`, decides.
      '';
    };
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
