/**
  What is wrong with the networks of a machine's cards: `null`, or that one is there twice.

  Type: [ int ] -> null or string

  Example: import ./networks-twice.nix [ 1 2 ] == null
*/
vlans:
let
  twice = builtins.filter (
    vlan: builtins.length (builtins.filter (other: other == vlan) vlans) > 1
  ) vlans;
in
if twice == [ ] then
  null
else
  "network ${toString (builtins.head twice)} is there twice. Two cards of a machine on one network would have one address: put the second card into a network of its own, and the machines that it is to reach, too."
