# Whose meaning the methods of machines have where nixpkgs' driver and this one differ on purpose.
{ config, lib, ... }:
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).test { compatibility = { }; };

  config.driverConfiguration = { inherit (config) compatibility; };
}
