/**
  Addresses of the machine with a name and a number, in each network. Names of functions in `builtins` only, for use without
  nixpkgs.

  Type: { hexDigits } -> name -> number -> { ipv4, ipv6, mac :: vlan -> string }

  Example: (addresses "server" 2).ipv4 1
*/
{
  hexDigits ? "0123456789ABCDEF",
}:
name: number:
let
  digit = value: builtins.substring value 1 hexDigits;
  pair = value: digit (value / 16) + digit (value - value / 16 * 16);
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
