/**
  The names by which scripts know a machine of NixOS: the one that the test gives it, and its host name besides.

  Type: { lib } -> attribute -> { name :: string; aliases :: NixOS configuration -> [ string ] }

  The name of the machine is that of files, too: what cannot be in one becomes an underscore, as in the variable.

  Example: import ./script-name.nix { inherit lib; } "my machine"
*/
{ lib }:
attribute:
let
  rule = import ../shared/machine-names.nix;
  name = if rule.isHostName attribute then attribute else rule.variable attribute;
in
{
  inherit name;
  aliases = machine: lib.optional (machine.system.name != name) machine.system.name;
}
