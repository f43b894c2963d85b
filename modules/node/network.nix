/**
  Addresses of a machine on the networks of its test, and the names of all machines: the same rules for every kind.

  Type: { machineNumbers, allMachines } -> module
*/
{ machineNumbers, allMachines }:
let
  identity = import ./identity.nix { inherit machineNumbers; };
in
{ config, lib, ... }:
let
  interfaces = import ../../lib/interfaces.nix { inherit lib; } config;
  number = config.virtualisation.test.nodeNumber;
  addresses = import ../../lib/addresses.nix { } config.virtualisation.test.nodeName number;

  addressed = lib.filter (interface: interface.assignIP) interfaces;
  first = lib.head addressed;
  primary = address: if addressed == [ ] then "" else address first.vlan;

  hosts = import ../../lib/hosts.nix { inherit lib; } allMachines;

  networkConfig = {
    networking = {
      hostName = lib.mkDefault config.virtualisation.test.nodeName;
      interfaces = lib.listToAttrs (
        map (interface: {
          inherit (interface) name;
          value = {
            ipv4.addresses = [
              {
                address = addresses.ipv4 interface.vlan;
                prefixLength = 24;
              }
            ];
            ipv6.addresses = [
              {
                address = addresses.ipv6 interface.vlan;
                prefixLength = 64;
              }
            ];
          };
        }) addressed
      );
      primaryIPAddress = primary addresses.ipv4;
      primaryIPv6Address = primary addresses.ipv6;
      extraHosts = lib.concatMapStrings (line: "${line}\n") hosts;
    };
  };
in
{
  key = "rehearse-network";
  _file = ./network.nix;
  imports = [ identity ];
  config = networkConfig // {
    # For tests that make a machine with the same network by other means.
    system.build = { inherit networkConfig; };
  };
}
