/**
  Numbers, MACs and addresses of the machines of a test, by nixpkgs' rules.

  A machine's number is its place in the alphabetical list of names. Its interfaces are eth1, eth2, ... in the order of
  its vlans, with MAC 52:54:00:12:<vlan>:<number>, 192.168.<vlan>.<number>/24 and 2001:db8:<vlan>::<number>/64.

  Type: { <name> = { vlans :: [int] } } -> { <name> = { number, primaryIPAddress, primaryIPv6Address, interfaces } }
*/
machines:
let
  inherit (builtins)
    attrNames
    elemAt
    genList
    head
    length
    listToAttrs
    substring
    ;
  names = attrNames machines;
  hexDigits = "0123456789abcdef";
  hex = n: substring (n / 16) 1 hexDigits + substring (n - n / 16 * 16) 1 hexDigits;

  one =
    index:
    let
      name = elemAt names index;
      number = index + 1;
      inherit (machines.${name}) vlans;
      interface =
        position:
        let
          vlan = elemAt vlans position;
        in
        {
          name = "eth${toString (position + 1)}";
          inherit vlan;
          mac = "52:54:00:12:${hex vlan}:${hex number}";
          ipv4 = "192.168.${toString vlan}.${toString number}";
          ipv6 = "2001:db8:${toString vlan}::${toString number}";
        };
      interfaces = genList interface (length vlans);
    in
    {
      inherit name;
      value = {
        inherit interfaces number;
        hostName = name;
        primaryIPAddress = if interfaces == [ ] then "" else (head interfaces).ipv4;
        primaryIPv6Address = if interfaces == [ ] then "" else (head interfaces).ipv6;
      };
    };
in
if length names > 254 then
  throw "rehearse: ${toString (length names)} nodes are too many: addresses are given to at most 254."
else
  listToAttrs (genList one (length names))
