/**
  A node's attributes: what is accepted, its type and default. Everything else is refused by name.

  Type: name -> node as the user wrote it -> node with every attribute
*/
name:
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatStringsSep
    filter
    hasAttr
    head
    isAttrs
    isBool
    isInt
    isList
    isPath
    isString
    length
    map
    mapAttrs
    match
    toJSON
    typeOf
    ;

  unitNames = import ./unit-names.nix;

  isText = v: isString v;
  listOf = check: v: isList v && all check v;
  attrsOf = check: v: isAttrs v && all check (attrValues v);
  nullOr = check: v: v == null || check v;
  isSource = v: isPath v || isString v || (isAttrs v && v ? outPath);
  oneOf = values: v: builtins.elem v values;
  between = low: high: v: isInt v && v >= low && v <= high;
  isMode = v: isString v && match "0?[0-7]{3,4}" v != null;
  matches = pattern: v: isString v && match pattern v != null;
  isUnit = v: isString v && unitNames.isUnitName v;
  # Four numbers from 0 to 255.
  isIPv4 =
    let
      octet = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
    in
    matches "${octet}(\\.${octet}){3}";
  isScalar = v: isString v || isInt v || isBool v || isSource v;

  kind = type: check: default: { inherit type check default; };

  # A word on each stands in docs/debian-nodes.md.
  attributes = {
    packages = kind "a list of package names" (listOf isText) [ ];
    memorySize = kind "MiB of memory, from 112" (between 112 1048576) 512;
    cores = kind "a number of virtual processors, from 1 to 255" (between 1 255) 1;
    diskSize = kind "MiB of the writable disk, from 64" (between 64 16777216) 2048;
    emptyDiskImages = kind "a list of sizes in MiB" (listOf (between 1 16777216)) [ ];
    forwardPorts = kind "a list of { host.port, guest.port, ... }" (listOf isAttrs) [ ];
    powerCuts = kind "true or false" isBool false;
    vlans = kind "a list of network numbers from 1 to 254" (nullOr (listOf (between 1 254))) null;
    interfaces = kind "an attribute set of network cards by name" (attrsOf isAttrs) { };
    files =
      kind "an attribute set of absolute paths, each a text, a store path, or { text or source, mode }"
        isAttrs
        { };
    services = kind "an attribute set of systemd units" (attrsOf isAttrs) { };
    users = kind "an attribute set of users" (attrsOf isAttrs) { };
    kernel = kind "the suite of a locked kernel: \"bookworm\", \"trixie\" or \"testing\"" (oneOf [
      "bookworm"
      "trixie"
      "testing"
    ]) "trixie";
    kernelParameters = kind "a list of kernel parameters, each a text" (listOf isText) [ ];
    graphics = kind "true or false" isBool false;
    efi = kind "true or false" isBool false;
    recordScreen = kind "\"never\", \"on-failure\" or \"always\"" (nullOr (oneOf [
      "never"
      "on-failure"
      "always"
    ])) null;
    rootFilesystem = kind "\"overlay\", \"ext4\", \"xfs\" or \"btrfs\"" (oneOf [
      "overlay"
      "ext4"
      "xfs"
      "btrfs"
    ]) "overlay";
    setup = kind "a bash script, run as root in the image when it is built" (nullOr isText) null;
    qemu = kind "an attribute set with `options`" isAttrs { };
    warmStart = kind "true, false, or { condition, newMachineId }" (v: isBool v || isAttrs v) false;
    variants = kind "an attribute set of lists of values, or of parts of a node by name" isAttrs { };
    variantCombinations = kind "\"all\", \"pairwise\", or a list of sets of values" (
      v: isText v || isList v
    ) "all";
  };
  warmStartAttributes = {
    condition = kind "a systemd unit, or a shell command" isText "";
    newMachineId = kind "true or false" isBool false;
  };
  qemuAttributes = {
    options = kind "a list of arguments for QEMU" (listOf isText) [ ];
  };
  forwardAttributes = {
    from = kind "\"host\"" (oneOf [ "host" ]) "host";
    proto = kind "\"tcp\" or \"udp\"" (oneOf [
      "tcp"
      "udp"
    ]) "tcp";
    host = kind "an attribute set with `port` and `address`" isAttrs { };
    guest = kind "an attribute set with `port`" isAttrs { };
  };
  hostAttributes = {
    address = kind "an IPv4 address" isIPv4 "127.0.0.1";
    port = kind "a number from 1 to 65535" (between 1 65535) null;
  };
  fileAttributes = {
    text = kind "a text" (nullOr isText) null;
    source = kind "a store path" (nullOr isSource) null;
    mode = kind "an octal mode such as \"0644\"" (nullOr isMode) null;
  };
  units = kind "a list of units, each with its suffix, such as \"multi-user.target\"" (listOf isUnit) [ ];
  serviceAttributes = {
    text = kind "a whole unit file" (nullOr isText) null;
    description = kind "a text" (nullOr isText) null;
    wantedBy = units;
    requiredBy = units;
    after = units;
    before = units;
    requires = units;
    wants = units;
    environment = kind "an attribute set of texts" (attrsOf isScalar) { };
    unitConfig =
      kind "an attribute set of the [Unit] section" (attrsOf (v: isScalar v || listOf isScalar v))
        { };
    serviceConfig =
      kind "an attribute set of the [Service] section" (attrsOf (v: isScalar v || listOf isScalar v))
        { };
  };
  interfaceAttributes = {
    vlan = kind "a network number from 1 to 254" (between 1 254) null;
    assignIP = kind "true or false" isBool false;
  };
  userAttributes = {
    uid = kind "a number from 1 to 65533" (nullOr (between 1 65533)) null;
    home = kind "an absolute path without spaces" (nullOr (matches "/[^ \t\n:]*[^/ \t\n:]")) null;
    shell = kind "an absolute path without spaces" (matches "/[^ \t\n:]*[^/ \t\n:]") "/bin/bash";
    password = kind "a line without tabs; null allows no login by password" (nullOr (matches "[^\t\n]*")) null;
    extraGroups = kind "a list of groups" (listOf (matches "[a-z_][a-z0-9_-]*")) [ ];
  };

  shown =
    v:
    if isString v || isInt v || isBool v || v == null then
      toJSON v
    else
      "a value of type ${typeOf v}";

  # The attributes of `what` as `accepted` describes them, defaults filled in.
  checked =
    what: accepted: given:
    let
      unknown = filter (attribute: !(hasAttr attribute accepted)) (attrNames given);
    in
    if unknown != [ ] then
      throw "rehearse: ${what} has no attribute `${head unknown}`. It accepts: ${concatStringsSep ", " (attrNames accepted)}."
    else
      mapAttrs (
        attribute: wanted:
        let
          value = given.${attribute} or wanted.default;
        in
        if wanted.check value then
          value
        else
          throw "rehearse: ${what}: `${attribute}` is ${wanted.type}, but ${shown value} was given."
      ) accepted;

  forward =
    given:
    let
      what = "node `${name}`: forwardPorts";
      whole = checked what forwardAttributes given;
      host = checked "${what}: host" hostAttributes whole.host;
      guest = checked "${what}: guest" { inherit (hostAttributes) port; } whole.guest;
    in
    whole // { inherit host guest; };

  user =
    userName: given:
    let
      whole = checked "node `${name}`: user `${userName}`" userAttributes given;
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
      checked "node `${name}`: service `${serviceName}`" serviceAttributes given;
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
      shared = import ../shared/shared-folder.nix (node.qemu.options or [ ]);
    in
    if node.warmStart == false then
      null
    else if shared != null then
      throw "rehearse: ${what}: a machine with a folder of the host (`qemu.options`: ${toJSON shared}) cannot be saved. Put the files into it with `files`, or copy them with copy_from_host in the script."
    else if node.efi then
      throw "rehearse: ${what}: a machine with `efi = true` cannot be saved, because its variables belong to one test. Leave one of the two out."
    else
      checked what warmStartAttributes (if isAttrs node.warmStart then node.warmStart else { });
in
given:
let
  what = "node `${name}`";
  node =
    if isAttrs given then
      checked what attributes given
    else
      throw "rehearse: ${what} is an attribute set, but ${shown given} was given.";
  interfaces = mapAttrs (
    interface: checked "${what}: interface `${interface}`" interfaceAttributes
  ) node.interfaces;
  cards = import ./interfaces.nix what {
    inherit (node) vlans;
    inherit interfaces;
  };
  files = import ./files.nix;
  refuseIf =
    problem: value: if problem == null then value else throw "rehearse: ${what}: ${problem}";
  firstOf = problems: if problems == [ ] then null else head problems;

  ports = map forward node.forwardPorts;
  portTwice = firstOf (import ../shared/forwarded-ports.nix ports);
  networkTwice = import ../shared/networks-twice.nix (if node.vlans == null then [ ] else node.vlans);
  cardsOnce = refuseIf (if networkTwice == null then null else "`vlans`: ${networkTwice}") cards;
  qemu = checked "${what}: qemu" qemuAttributes node.qemu;
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
  files = refuseIf (files.taken node.files writers) (files.checked (path: checked path fileAttributes) what node.files);
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
