/**
  Numbers, MACs and addresses of the machines of a test, by nixpkgs' rules.

  A machine's number is its place in the alphabetical list of names. A card in a network has the MAC
  52:54:00:12:<vlan>:<number>, and, if it is given addresses, 192.168.<vlan>.<number>/24 and 2001:db8:<vlan>::<number>/64;
  else they are null.

  Type: [ name of any machine ] -> { <name> = { cards :: [ { name, vlan, assignIP } ] } } -> { <name> = { number, primaryIPAddress, primaryIPv6Address, interfaces } }
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
  addressesOf = import ../shared/addresses.nix { hexDigits = "0123456789abcdef"; };
  numbers = listToAttrs (
    genList (index: {
      name = elemAt names index;
      value = index + 1;
    }) (length names)
  );

  one =
    name:
    { cards, ... }:
    let
      number = numbers.${name};
      addresses = addressesOf name number;
      interface =
        {
          name,
          vlan,
          assignIP,
        }:
        {
          inherit name vlan;
          mac = addresses.mac vlan;
          ipv4 = if assignIP then addresses.ipv4 vlan else null;
          ipv6 = if assignIP then addresses.ipv6 vlan else null;
        };
      interfaces = map interface cards;
      addressed = builtins.filter (interface: interface.ipv4 != null) interfaces;
    in
    {
      inherit interfaces number;
      hostName = name;
      primaryIPAddress = if addressed == [ ] then "" else (head addressed).ipv4;
      primaryIPv6Address = if addressed == [ ] then "" else (head addressed).ipv6;
    };
in
if length names > 254 then
  throw "rehearse: ${toString (length names)} nodes are too many: addresses are given to at most 254."
else
  builtins.mapAttrs one machines
