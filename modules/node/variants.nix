# What the machine can be made of instead: the driver knows of each, and a script chooses.
{
  config,
  lib,
  extendModules,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.virtualisation;

  machine =
    values:
    (extendModules {
      modules = lib.mapAttrsToList (axis: value: cfg.variants.${axis}.${value}) values;
    }).config;
in
{
  options.virtualisation = {
    variants = mkOption {
      type = types.lazyAttrsOf (types.lazyAttrsOf types.deferredModule);
      default = { };
      example = lib.literalExpression ''
        {
          kernel.old = { pkgs, ... }: { boot.kernelPackages = pkgs.linuxPackages_6_6; };
          kernel.new = { pkgs, ... }: { boot.kernelPackages = pkgs.linuxPackages_latest; };
          memory.little.virtualisation.memorySize = 256;
          memory.much.virtualisation.memorySize = 2048;
        }
      '';
      description = ''
        Gives the machine variants, which a script chooses while it is off: `machine.use_variant(kernel="old",
        memory="much")`. For each thing that varies there are modules by name, and one of each is added to the machine's
        configuration. All variants that {option}`virtualisation.variantCombinations` leaves are built. Until the script
        has chosen, the machine is what it is without any.
      '';
    };

    variantCombinations = mkOption {
      type = types.either (types.enum [
        "all"
        "pairwise"
      ]) (types.nonEmptyListOf (types.attrsOf types.str));
      default = "all";
      example = [ { kernel = "old"; } ];
      description = ''
        Narrows the variants: `"all"` combinations, 24 at most; `"pairwise"`, so few that any two values of different
        things are together in one; or a list, in which each entry stands for all combinations with its values.
      '';
    };

    variantMachines = mkOption {
      type = types.listOf types.raw;
      internal = true;
      readOnly = true;
      description = "The values of each variant, and the configuration that they make.";
    };
  };

  config.virtualisation.variantMachines =
    map
      (values: {
        inherit values;
        machine = machine values;
      })
      (
        import ../../lib/shared/variants.nix {
          what = "node `${config.system.name}`";
          axes = lib.mapAttrs (_: lib.attrNames) cfg.variants;
          combinations = cfg.variantCombinations;
        }
      );
}
