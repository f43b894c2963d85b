/**
  Which of the machines of its test a configuration is; its specialisations are the same one.

  Type: { machineNumbers } -> module
*/
{ machineNumbers }:
{
  config,
  lib,
  name,
  ...
}:
let
  declare = import ../../lib/options/declare.nix { inherit lib; };
  inherit (config.virtualisation.test) nodeName;
in
{
  key = "rehearse-identity";
  _file = ./identity.nix;

  options = declare.node {
    # Not read-only: a specialisation gets it from its parent.
    "virtualisation.test.nodeName".default = name;
    "virtualisation.test.nodeNumber".default = machineNumbers.${nodeName};

    # There `name` is the specialisation's.
    specialisation.options.configuration.type = lib.types.submoduleWith {
      modules = [ { virtualisation.test = { inherit nodeName; }; } ];
    };
  };
}
