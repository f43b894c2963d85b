# Ways to change a test that is already made.
{
  config,
  lib,
  extendModules,
  options,
  ...
}:
let
  # Over whatever the option was set to, and by whatever priority.
  override = option: lib.mkOverride (option.highestPrio - 1);
  toExtension =
    change: final: previous:
    if lib.isFunction change then
      let
        changed = change previous;
        changedByBoth = change final previous;
      in
      if lib.isFunction changed then changedByBoth else changed
    else
      change;
in
{
  config.passthru = {
    # { modules, specialArgs } -> test: the same test with further modules.
    extend = changes: (extendModules changes).config.result;

    # { module, specialArgs } -> test: the same test with a module for all its machines.
    extendNixOS =
      {
        module,
        specialArgs ? { },
      }:
      config.passthru.extend {
        modules = [
          {
            _file = "extendNixOS";
            extraBaseModules = module;
            node.specialArgs = lib.mapAttrs (_: lib.mkForce) specialArgs;
          }
        ];
      };

    # As overrideAttrs of packages, for the derivation that runs the test.
    overrideTestDerivation =
      change:
      config.passthru.extend {
        modules = [
          {
            _file = "overrideTestDerivation";
            rawTestDerivationArg = override options.rawTestDerivationArg (
              lib.extends (toExtension change) config.rawTestDerivationArg
            );
          }
        ];
      };
  };
}
