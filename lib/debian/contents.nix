/**
  What nodes and containers have in common, checked: their files, units, users and network cards.

  Type: what :: string -> node with the attributes of lib/options/debian-node/{contents,networks}.nix -> { cards, files, interfaces, services, users, vlans }

  `what` says in messages who has the attributes.
*/
let
  inherit (builtins)
    attrNames
    attrValues
    concatStringsSep
    filter
    head
    length
    map
    mapAttrs
    match
    ;

  unitNames = import ./unit-names.nix;
  options = import ../options/debian-node/contents.nix // import ../options/debian-node/networks.nix;
  # Of the attribute sets that an attribute has.
  checkedIn = mapAttrs (
    _: option:
    import ../options/checked.nix {
      noun = "attribute";
      options = (import ../options/types.nix).options option.type;
    }
  ) { inherit (options) files interfaces services users; };
in
what: node:
let
  user =
    userName: given:
    let
      whole = checkedIn.users "${what}: user `${userName}`" given;
    in
    if match "[a-z_][a-z0-9_-]{0,30}" userName == null then
      throw "rehearse: ${what}: `${userName}` is no name for a user: lower-case letters, digits, - and _, at most 31."
    else
      whole // { home = if whole.home == null then "/home/${userName}" else whole.home; };

  service =
    serviceName: given:
    if !unitNames.isName serviceName then
      throw "rehearse: ${what}: `${serviceName}` is no name for a systemd unit: letters, digits and : - _ . \\ @, at most 255."
    else
      checkedIn.services "${what}: service `${serviceName}`" given;
  services =
    given:
    let
      checkedServices = mapAttrs service given;
      same = filter (group: length group > 1) (
        attrValues (builtins.groupBy unitNames.fileName (attrNames given))
      );
    in
    if same != [ ] then
      throw "rehearse: ${what}: services ${concatStringsSep " and " (map (one: "`${one}`") (head same))} are one unit, ${unitNames.fileName (head (head same))}. Rename one."
    else
      checkedServices;

  refuseIf =
    problem: value: if problem == null then value else throw "rehearse: ${what}: ${problem}";

  interfaces = mapAttrs (
    interface: checkedIn.interfaces "${what}: interface `${interface}`"
  ) node.interfaces;
  cards = import ./interfaces.nix what {
    inherit (node) vlans;
    inherit interfaces;
  };
  networkTwice = import ../shared/networks-twice.nix (if node.vlans == null then [ ] else node.vlans);
  cardsOnce = refuseIf (if networkTwice == null then null else "`vlans`: ${networkTwice}") cards;

  files = import ./files.nix;
  accounts = [
    "/etc/passwd"
    "/etc/group"
    "/etc/shadow"
    "/etc/gshadow"
  ];
  # What other attributes write.
  writers =
    builtins.listToAttrs (
      map (serviceName: {
        name = "/etc/systemd/system/${unitNames.fileName serviceName}";
        value = "service `${serviceName}`";
      }) (attrNames node.services)
    )
    // (
      if node.users == { } then
        { }
      else
        builtins.listToAttrs (
          map (path: {
            name = path;
            value = "`users`";
          }) accounts
        )
    );
in
{
  inherit interfaces;
  cards = cardsOnce;
  vlans = map (card: card.vlan) cardsOnce;
  files = refuseIf (files.taken node.files writers) (files.checked checkedIn.files what node.files);
  services = services node.services;
  users = (import ./accounts.nix).numbered what (mapAttrs user node.users);
}
