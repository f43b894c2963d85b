/**
  The name by which scripts know a machine: its host name, as long as no two machines of its kind have the same one.

  Type: { lib } -> { <attribute> = NixOS configuration; } -> attribute -> NixOS configuration -> string
*/
{ lib }:
machines:
let
  hostNames = lib.mapAttrsToList (_: machine: machine.system.name) machines;
in
attribute: machine:
if lib.count (other: other == machine.system.name) hostNames == 1 then machine.system.name else attribute
