/**
  A node's attributes, checked against their data in lib/options/debian-node, with the defaults of those that were not given.

  Type: name -> node as the user wrote it -> node with every attribute
*/
let
  inherit (builtins)
    attrNames
    filter
    head
    isAttrs
    length
    mapAttrs
    map
    toJSON
    ;

  options = import ../options/debian-node;
  checkedBy =
    options:
    import ../options/checked.nix {
      noun = "attribute";
      inherit options;
    };
  # Who has the attributes -> as they are given -> the same with defaults.
  checkedNode = checkedBy options;
  notOfContainers = removeAttrs (import ../options/debian-container/refused.nix) [ "backend" ];
  # Of the attribute sets that an attribute of a node has.
  checkedIn = mapAttrs (_: option: checkedBy ((import ../options/types.nix).options option.type)) {
    inherit (options) forwardPorts graphics warmStart;
  };
in
name:
let
  what = "node `${name}`";

  # `null` for a machine that boots.
  warmStart =
    node:
    let
      shared = import ../shared/shared-folder.nix (node.qemu.options);
    in
    if node.warmStart == false then
      null
    else if shared != null then
      throw "rehearse: ${what}: warmStart: a machine with a folder of the host (`qemu.options`: ${toJSON shared}) cannot be saved. Put the files into it with `files`, or copy them with copy_from_host in the script."
    else if node.efi then
      throw "rehearse: ${what}: warmStart: a machine with `efi = true` cannot be saved, because its variables belong to one test. Leave one of the two out."
    else
      checkedIn.warmStart "${what}: warmStart" (if isAttrs node.warmStart then node.warmStart else { });
in
given:
let
  asGiven = checkedNode what given;
  # `null` for a machine without a graphical session.
  desktop =
    if builtins.isBool asGiven.graphics then
      null
    else
      import ./graphics.nix what (checkedIn.graphics "${what}: graphics" asGiven.graphics);
  node =
    asGiven
    // {
      kernel =
        if asGiven.kernel != null then
          asGiven.kernel
        else if desktop == null then
          "trixie"
        else
          "trixie-generic";
    }
    // (
      if desktop == null then
        { }
      else
        {
          packages = asGiven.packages ++ desktop.packages;
          users = desktop.users // asGiven.users;
          files = desktop.files // asGiven.files;
        }
    );
  contents = import ./contents.nix what node;
  refuseIf =
    problem: value: if problem == null then value else throw "rehearse: ${what}: ${problem}";
  firstOf = problems: if problems == [ ] then null else head problems;

  # Values that a node has anyway change nothing.
  default = checkedNode what { } // {
    kernel = "trixie";
  };
  impossible = filter (attribute: node.${attribute} != default.${attribute}) (attrNames notOfContainers);
  notForContainers =
    if node.backend == "auto" && impossible != [ ] then
      "`${head impossible}` cannot be set with `backend = \"auto\"`: ${notOfContainers.${head impossible}} Leave one of the two out."
    else
      null;

  ports = map (checkedIn.forwardPorts "${what}: forwardPorts") node.forwardPorts;
  portTwice = firstOf (import ../shared/forwarded-ports.nix ports);
  inherit (node) qemu;
  refusedArgument = firstOf ((import ../shared/qemu-arguments.nix).debian qemu.options);
  tooManyDevices = import ../shared/pci-devices.nix {
    # root, modules, packages, layer; the user network, random numbers, panics, screen, serial ports, and a balloon later.
    # A desktop has a tablet, too.
    own = 10 + (if desktop == null then 0 else 1);
    disks = length node.emptyDiskImages;
    cards = length contents.cards;
    inherit (qemu) options;
  };
  leastDisk =
    {
      xfs = 300;
      btrfs = 109;
    }
    .${node.rootFilesystem} or 64;
in
node
// contents
// {
  backend = refuseIf notForContainers node.backend;
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
  forwardPorts = refuseIf (
    if portTwice == null then
      null
    else
      "forwardPorts: port ${portTwice} of the host is forwarded twice. It can lead to one port only."
  ) ports;
  inherit desktop;
  graphics = node.graphics != false;
  kernel = refuseIf (
    if desktop == null || node.kernel == "trixie-generic" then
      null
    else
      "`kernel` is \"${node.kernel}\", a cloud kernel, which has no driver for the screen of a graphical session. Leave `kernel` out, or write \"trixie-generic\"."
  ) node.kernel;
  kernelParameters = (import ./kernel-parameters.nix).checked what node.kernelParameters;
  qemu = refuseIf (if refusedArgument == null then null else "qemu.options: ${refusedArgument}") qemu;
  warmStart =
    let
      wanted = warmStart node;
    in
    if wanted != null && desktop != null && wanted.condition == "" then
      wanted // { inherit (desktop) condition; }
    else
      wanted;
}
