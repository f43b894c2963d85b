/**
  Numbers, MACs and addresses of the machines of a test, by nixpkgs' rules.

  A machine's number is its place in the alphabetical list of names. Its interfaces are eth1, eth2, ... in the order of
  its vlans, with MAC 52:54:00:12:<vlan>:<number>, 192.168.<vlan>.<number>/24 and 2001:db8:<vlan>::<number>/64.

  Type: [ name of any machine ] -> { <name> = { vlans :: [int] } } -> { <name> = { number, primaryIPAddress, primaryIPv6Address, interfaces } }
*/
names: machines:
let
  inherit (builtins)
    elemAt
    genList
    head
    length
    listToAttrs
    ;
  addressesOf = import ../addresses.nix { hexDigits = "0123456789abcdef"; };
  numbers = listToAttrs (
    genList (index: {
      name = elemAt names index;
      value = index + 1;
    }) (length names)
  );

  one =
    name:
    { vlans, ... }:
    let
      number = numbers.${name};
      addresses = addressesOf name number;
      interface =
        position:
        let
          vlan = elemAt vlans position;
        in
        {
          name = "eth${toString (position + 1)}";
          inherit vlan;
          mac = addresses.mac vlan;
          ipv4 = addresses.ipv4 vlan;
          ipv6 = addresses.ipv6 vlan;
        };
      interfaces = genList interface (length vlans);
    in
    {
      inherit interfaces number;
      hostName = name;
      primaryIPAddress = if interfaces == [ ] then "" else (head interfaces).ipv4;
      primaryIPv6Address = if interfaces == [ ] then "" else (head interfaces).ipv6;
    };
in
if length names > 254 then
  throw "rehearse: ${toString (length names)} nodes are too many: addresses are given to at most 254."
else
  builtins.mapAttrs one machines
