/**
  A node's attributes, checked against their data in lib/options/debian-node, with the defaults of those that were not given.

  Type: name -> node as the user wrote it -> node with every attribute
*/
let
  inherit (builtins)
    attrNames
    attrValues
    concatStringsSep
    filter
    head
    isAttrs
    length
    map
    mapAttrs
    match
    toJSON
    ;

  unitNames = import ./unit-names.nix;
  options = import ../options/debian-node;
  checkedBy =
    options:
    import ../options/checked.nix {
      noun = "attribute";
      inherit options;
    };
  # Who has the attributes -> as they are given -> the same with defaults.
  checkedNode = checkedBy options;
  # Of the attribute sets that an attribute of a node has.
  checkedIn = mapAttrs (_: option: checkedBy ((import ../options/types.nix).options option.type)) (
    removeAttrs options [ "qemu.options" ]
  );
in
name:
let
  user =
    userName: given:
    let
      whole = checkedIn.users "node `${name}`: user `${userName}`" given;
    in
    if match "[a-z_][a-z0-9_-]{0,30}" userName == null then
      throw "rehearse: node `${name}`: `${userName}` is no name for a user: lower-case letters, digits, - and _, at most 31."
    else
      whole // { home = if whole.home == null then "/home/${userName}" else whole.home; };

  service =
    serviceName: given:
    if !unitNames.isName serviceName then
      throw "rehearse: node `${name}`: `${serviceName}` is no name for a systemd unit: letters, digits and : - _ . \\ @, at most 255."
    else
      checkedIn.services "node `${name}`: service `${serviceName}`" given;
  services =
    given:
    let
      checkedServices = mapAttrs service given;
      same = filter (group: length group > 1) (
        attrValues (builtins.groupBy unitNames.fileName (attrNames given))
      );
    in
    if same != [ ] then
      throw "rehearse: node `${name}`: services ${concatStringsSep " and " (map (one: "`${one}`") (head same))} are one unit, ${unitNames.fileName (head (head same))}. Rename one."
    else
      checkedServices;

  # `null` for a machine that boots.
  warmStart =
    node:
    let
      what = "node `${name}`: warmStart";
      shared = import ../shared/shared-folder.nix (node.qemu.options);
    in
    if node.warmStart == false then
      null
    else if shared != null then
      throw "rehearse: ${what}: a machine with a folder of the host (`qemu.options`: ${toJSON shared}) cannot be saved. Put the files into it with `files`, or copy them with copy_from_host in the script."
    else if node.efi then
      throw "rehearse: ${what}: a machine with `efi = true` cannot be saved, because its variables belong to one test. Leave one of the two out."
    else
      checkedIn.warmStart what (if isAttrs node.warmStart then node.warmStart else { });
in
given:
let
  what = "node `${name}`";
  node = checkedNode what given;
  interfaces = mapAttrs (
    interface: checkedIn.interfaces "${what}: interface `${interface}`"
  ) node.interfaces;
  cards = import ./interfaces.nix what {
    inherit (node) vlans;
    inherit interfaces;
  };
  files = import ./files.nix;
  refuseIf =
    problem: value: if problem == null then value else throw "rehearse: ${what}: ${problem}";
  firstOf = problems: if problems == [ ] then null else head problems;

  ports = map (checkedIn.forwardPorts "${what}: forwardPorts") node.forwardPorts;
  portTwice = firstOf (import ../shared/forwarded-ports.nix ports);
  networkTwice = import ../shared/networks-twice.nix (if node.vlans == null then [ ] else node.vlans);
  cardsOnce = refuseIf (if networkTwice == null then null else "`vlans`: ${networkTwice}") cards;
  inherit (node) qemu;
  refusedArgument = firstOf ((import ../shared/qemu-arguments.nix).debian qemu.options);
  tooManyDevices = import ../shared/pci-devices.nix {
    # root, modules, packages, layer; the user network, random numbers, panics, screen, serial ports, and a balloon later.
    own = 10;
    disks = length node.emptyDiskImages;
    cards = length cards;
    inherit (qemu) options;
  };
  leastDisk =
    {
      xfs = 300;
      btrfs = 109;
    }
    .${node.rootFilesystem} or 64;

  checkedServices = services node.services;
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
node
// {
  inherit interfaces;
  cards = cardsOnce;
  vlans = map (card: card.vlan) cardsOnce;
  diskSize =
    refuseIf
      (
        if node.diskSize >= leastDisk then
          null
        else
          "`diskSize` is ${toString node.diskSize}, but ${node.rootFilesystem} takes ${toString leastDisk} MiB at least."
      )
      node.diskSize;
  emptyDiskImages = refuseIf tooManyDevices node.emptyDiskImages;
  files = refuseIf (files.taken node.files writers) (files.checked checkedIn.files what node.files);
  forwardPorts = refuseIf (
    if portTwice == null then
      null
    else
      "forwardPorts: port ${portTwice} of the host is forwarded twice. It can lead to one port only."
  ) ports;
  kernelParameters = (import ./kernel-parameters.nix).checked what node.kernelParameters;
  services = checkedServices;
  users = (import ./accounts.nix).numbered what (mapAttrs user node.users);
  qemu = refuseIf (if refusedArgument == null then null else "qemu.options: ${refusedArgument}") qemu;
  warmStart = warmStart node;
}
