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
  interfaces = import ../../lib/nixos/interfaces.nix { inherit lib; } config;
  number = config.virtualisation.test.nodeNumber;
  addresses = import ../../lib/shared/addresses.nix { } config.virtualisation.test.nodeName number;

  addressed = lib.filter (interface: interface.assignIP) interfaces;
  first = lib.head addressed;
  primary = address: if addressed == [ ] then "" else address first.vlan;

  hosts = import ../../lib/nixos/hosts.nix { inherit lib; } allMachines;

  # A snapshot is none of the test's, and each that begins from it is told its own. Nobody is to ask for others.
  isSaved = config.testing.warmStart.isSaved or false;
  given = address: prefixLength: if isSaved then [ ] else [ { inherit address prefixLength; } ];

  networkTwice = import ../../lib/shared/networks-twice.nix (map (interface: interface.vlan) interfaces);

  networkConfig = {
    networking = {
      hostName = lib.mkDefault config.virtualisation.test.nodeName;
      interfaces = lib.listToAttrs (
        map (interface: {
          inherit (interface) name;
          value = {
            ipv4.addresses = given (addresses.ipv4 interface.vlan) 24;
            ipv6.addresses = given (addresses.ipv6 interface.vlan) 64;
          };
        }) addressed
      );
      primaryIPAddress = primary addresses.ipv4;
      primaryIPv6Address = primary addresses.ipv6;
      extraHosts = lib.mkIf (!isSaved) (lib.concatMapStrings (line: "${line}\n") hosts);
    };
  };
in
{
  key = "rehearse-network";
  _file = ./network.nix;
  imports = [ identity ];
  config = networkConfig // {
    assertions = [
      {
        assertion = networkTwice == null;
        message = "rehearse: machine `${config.virtualisation.test.nodeName}`: `virtualisation.vlans` and `virtualisation.interfaces`: ${toString networkTwice}";
      }
    ];
    # For tests that make a machine with the same network by other means.
    system.build = { inherit networkConfig; };
  };
}
