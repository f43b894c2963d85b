/**
  The interfaces of a machine on the networks of its test: those of `virtualisation.vlans` and those of
  `virtualisation.interfaces`, in the order in which they are plugged in.

  Type: { lib } -> NixOS configuration -> [ { name, vlan, assignIP, ... } ]

  Example: interfaces nodes.server
*/
{ lib }:
{ virtualisation, ... }:
if virtualisation ? allInterfaces then
  lib.mapAttrsToList (name: interface: { inherit name; } // interface) virtualisation.allInterfaces
else
  lib.imap1 (number: vlan: {
    name = "eth${toString number}";
    inherit vlan;
    assignIP = true;
  }) virtualisation.vlans
  ++ lib.mapAttrsToList (name: interface: interface // { inherit name; }) virtualisation.interfaces
