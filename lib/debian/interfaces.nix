/**
  The network cards of a node: those of `vlans`, called eth1, eth2 and so on, which have addresses, and then those of
  `interfaces`, in the order of their names.

  Type: string -> { vlans :: [int] or null, interfaces :: { <name> = { vlan, assignIP }; } } -> [ { name, vlan, assignIP } ]

  Example: cards "node `a`" { vlans = [ 1 ]; interfaces.wan = { vlan = 2; assignIP = false; }; }
*/
what:
{ vlans, interfaces }:
let
  inherit (builtins)
    attrNames
    elem
    elemAt
    filter
    genList
    head
    length
    map
    match
    ;

  # As in nixpkgs, a node with `interfaces` is in no network that it does not list.
  numbers =
    if vlans != null then
      vlans
    else if interfaces == { } then
      [ 1 ]
    else
      [ ];
  numbered = genList (index: {
    name = "eth${toString (index + 1)}";
    vlan = elemAt numbers index;
    assignIP = true;
  }) (length numbers);

  reserved = {
    all = "the kernel's name for the settings of all cards";
    bonding_masters = "the kernel's name for a file";
    default = "the kernel's name for the settings of new cards";
    eth0 = "the card for forwarded ports";
    lo = "the loopback interface";
  };
  named =
    name:
    let
      fail = problem: throw "rehearse: ${what}: interface `${name}`: ${problem}.";
    in
    if match "[A-Za-z][A-Za-z0-9_-]{0,14}" name == null then
      fail "a name begins with a letter, and has letters, digits, - and _, at most 15"
    else if reserved ? ${name} then
      fail "this is ${reserved.${name}}"
    else if elem name (map (card: card.name) numbered) then
      fail "`vlans` has a card of this name: the cards of `vlans` are eth1, eth2 and so on. Choose another name, or leave the network out of `vlans`"
    else
      { inherit name; } // interfaces.${name};

  cards = numbered ++ map named (attrNames interfaces);
  twice = filter (
    card: length (filter (other: other.vlan == card.vlan) cards) > 1 && !(elem card numbered)
  ) cards;
in
if twice != [ ] then
  throw "rehearse: ${what}: interface `${(head twice).name}`: the node has another card in network ${toString (head twice).vlan}. One machine has one card in a network, because its address follows from the network's number."
else
  cards
