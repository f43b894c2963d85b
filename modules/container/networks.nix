# The networks of a container, as machines in QEMU have them.
{ config, lib, ... }:
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).container {
    "networking.primaryIPAddress" = { };
    "networking.primaryIPv6Address" = { };
    "virtualisation.vlans".default = lib.optional (config.virtualisation.interfaces == { }) 1;
    "virtualisation.interfaces" = { };
  };
}
