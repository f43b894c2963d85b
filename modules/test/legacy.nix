{ config, lib, options, ... }:
{
  options.machine = lib.mkOption {
    type = lib.types.raw;
    internal = true;
    description = "The only machine of a test, in the form of 2021. Write `nodes.machine` instead.";
  };

  config = lib.mkIf options.machine.isDefined {
    nodes = { inherit (config) machine; };
    warnings = [ "the option `machine` is deprecated: write `nodes.machine`." ];
  };
}
