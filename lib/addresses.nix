/**
  Addresses of the machine with a number, on each network.

  Type: { lib } -> name -> number -> { ipv4, ipv6, mac :: vlan -> string }

  Example: (addresses "server" 2).ipv4 1
*/
{ lib }:
name: number:
let
  pair =
    value: if value < 16 then "0${lib.toHexString value}" else lib.toHexString value;
  checked =
    vlan:
    if vlan >= 0 && vlan <= 255 then
      vlan
    else
      throw "rehearse: machine `${name}` is in network ${toString vlan}, but `virtualisation.vlans` and `virtualisation.interfaces` have numbers from 0 to 255: they are a part of addresses.";
in
{
  ipv4 = vlan: "192.168.${toString (checked vlan)}.${toString number}";
  ipv6 = vlan: "2001:db8:${toString (checked vlan)}::${toString number}";
  mac = vlan: "52:54:00:12:${pair (checked vlan)}:${pair number}";
}
