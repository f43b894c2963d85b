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
    isAttrs
    isBool
    isInt
    isList
    isPath
    isString
    map
    mapAttrs
    match
    toJSON
    typeOf
    ;

  isText = v: isString v;
  listOf = check: v: isList v && all check v;
  attrsOf = check: v: isAttrs v && all check (attrValues v);
  nullOr = check: v: v == null || check v;
  isSource = v: isPath v || isString v || (isAttrs v && v ? outPath);
  oneOf = values: v: builtins.elem v values;
  between = low: high: v: isInt v && v >= low && v <= high;
  isMode = v: isString v && match "0?[0-7]{3,4}" v != null;
  isScalar = v: isString v || isInt v || isBool v || isSource v;

  kind = type: check: default: { inherit type check default; };

  # A word on each stands in docs/debian-nodes.md.
  attributes = {
    packages = kind "a list of package names" (listOf isText) [ ];
    memorySize = kind "MiB of memory, from 64" (between 64 1048576) 512;
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
    address = kind "an IPv4 address" (v: isString v && match "[0-9.]+" v != null) "127.0.0.1";
    port = kind "a number from 1 to 65535" (between 1 65535) null;
  };
  fileAttributes = {
    text = kind "a text" (nullOr isText) null;
    source = kind "a store path" (nullOr isSource) null;
    mode = kind "an octal mode such as \"0644\"" (nullOr isMode) null;
  };
  serviceAttributes = {
    text = kind "a whole unit file" (nullOr isText) null;
    description = kind "a text" (nullOr isText) null;
    wantedBy = kind "a list of units" (listOf isText) [ ];
    requiredBy = kind "a list of units" (listOf isText) [ ];
    after = kind "a list of units" (listOf isText) [ ];
    before = kind "a list of units" (listOf isText) [ ];
    requires = kind "a list of units" (listOf isText) [ ];
    wants = kind "a list of units" (listOf isText) [ ];
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
    home = kind "an absolute path" (nullOr isText) null;
    shell = kind "an absolute path" isText "/bin/bash";
    password = kind "a text; null allows no login by password" (nullOr isText) null;
    extraGroups = kind "a list of groups" (listOf isText) [ ];
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
      throw "rehearse: ${what} has no attribute `${builtins.head unknown}`. It accepts: ${concatStringsSep ", " (attrNames accepted)}."
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

  file =
    path: given:
    let
      entry =
        if isAttrs given && !(given ? outPath) then
          given
        else if isString given && match "/nix/store/.*" given == null then
          { text = given; }
        else
          { source = given; };
      what = "node `${name}`: file `${path}`";
      whole = checked what fileAttributes entry;
      one = if whole.text != null then { inherit (whole) text; } else { inherit (whole) source; };
    in
    if match "/.*[^/]" path == null || match ".*[\n ].*" path != null then
      throw "rehearse: ${what}: the name is an absolute path without spaces."
    else if (whole.text == null) == (whole.source == null) then
      throw "rehearse: ${what}: exactly one of `text` and `source` is given."
    else
      one
      // {
        # A source keeps the modes it has, so that trees and programs stay what they are.
        mode =
          if whole.mode != null then
            whole.mode
          else if whole.text != null then
            "0644"
          else
            "-";
      };

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

  # `null` for a machine that boots.
  warmStart =
    node:
    let
      what = "node `${name}`: warmStart";
      shared = import ../shared-folder.nix (node.qemu.options or [ ]);
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
  node = checked what attributes given;
  interfaces = mapAttrs (
    interface: checked "${what}: interface `${interface}`" interfaceAttributes
  ) node.interfaces;
  cards = import ./cards.nix what {
    inherit (node) vlans;
    inherit interfaces;
  };
in
node
// {
  inherit cards interfaces;
  vlans = map (card: card.vlan) cards;
  files = mapAttrs file node.files;
  forwardPorts = map forward node.forwardPorts;
  kernelParameters = (import ./kernel-parameters.nix).checked what node.kernelParameters;
  services = mapAttrs (
    service: checked "node `${name}`: service `${service}`" serviceAttributes
  ) node.services;
  users = mapAttrs user node.users;
  qemu = checked "node `${name}`: qemu" qemuAttributes node.qemu;
  warmStart = warmStart node;
}
