{ config, lib, options, ... }:
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).test { machine = { }; };

  config = lib.mkIf options.machine.isDefined {
    nodes = { inherit (config) machine; };
    warnings = [ "the option `machine` is deprecated: write `nodes.machine`." ];
  };
}
