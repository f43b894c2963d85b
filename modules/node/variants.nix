# What the machine can be made of instead: the driver knows of each, and a script chooses.
{
  config,
  lib,
  extendModules,
  ...
}:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).node;
  cfg = config.virtualisation;

  machine =
    values:
    (extendModules {
      modules = lib.mapAttrsToList (axis: value: cfg.variants.${axis}.${value}) values;
    }).config;
in
{
  options = declare {
    "virtualisation.variants" = { };
    "virtualisation.variantCombinations" = { };
    "virtualisation.variantMachines" = { };
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
