/**
  The machines of a test: their attributes checked, their addresses given, their start scripts made.

  Type: { build, driver, images, tools } -> { nodes, containers, names, hosts, acceleration, sshBackdoor } -> { <name> = node // { networking, vm, ... } }

  Containers are among them: they have `nspawn` in the place of `vm`. Where there are machines of other kinds in the test, `names` has theirs, too, and `hosts` the lines of everybody's hosts file.
*/
{
  build,
  driver,
  images,
  tools,
}:
{
  nodes,
  containers ? { },
  names ? builtins.attrNames (nodes // containers),
  hosts ? null,
  acceleration ? "prefer",
  sshBackdoor ? false,
}:
let
  inherit (builtins) attrNames concatMap map mapAttrs;
  driverConfiguration = import ../shared/driver-configuration.nix;
  resources = import ../shared/resources.nix;

  # A kind of machine -> a machine -> the same with a way in.
  withBackdoor =
    kind: node:
    if sshBackdoor then import ./merge.nix node (import ./ssh-backdoor.nix).${kind} else node;
  # A node that may be a container has the way in of both.
  whole = mapAttrs (
    _: node: withBackdoor (if node.backend or "qemu" == "auto" then "container" else "node") node
  ) nodes;
  given = mapAttrs (name: import ./node.nix name) whole;
  givenContainers = mapAttrs (
    name: container: import ./container-node.nix name (withBackdoor "container" container)
  ) containers;
  everybody = given // givenContainers;
  addresses = import ./network.nix names everybody;

  lines =
    name:
    let
      inherit (addresses.${name}) primaryIPAddress primaryIPv6Address;
    in
    if primaryIPAddress == "" then
      [ ]
    else
      [
        "${primaryIPAddress} ${name}"
        "${primaryIPv6Address} ${name}"
      ];
  # Ports of the host lead to the card that is not of the test's networks.
  reachable = node: sshBackdoor || node.forwardPorts != [ ];
  identity = import ./identity.nix {
    inherit addresses build;
    hasUserNetwork = mapAttrs (_: reachable) given // mapAttrs (_: _: false) givenContainers;
    hosts = if hosts == null then concatMap lines (attrNames everybody) else hosts;
  };
  machine = import ./machine.nix { inherit build images tools; };
  # One for all nodes with the same definition.
  snapshot = import ./snapshot.nix {
    inherit
      acceleration
      build
      driver
      images
      tools
      ;
  };
  warmStart =
    name: node:
    if node.warmStart == null then
      null
    else
      {
        folder = "${snapshot node}";
      }
      // import ../shared/warm-identity.nix {
        inherit (addresses.${name}) hostName;
        inherit (identity name) hosts;
        interfaces = builtins.map (interface: {
          inherit (interface) name mac;
          addresses =
            if interface.ipv4 == null then
              [ ]
            else
              [
                "${interface.ipv4}/24"
                "${interface.ipv6}/64"
              ];
        }) addresses.${name}.interfaces;
        inherit (node.warmStart) newMachineId;
        hasUserNetwork = reachable node;
      };
  # Machines of a test run at the same time.
  allPorts = concatMap (name: given.${name}.forwardPorts) (attrNames given);
  portsTwice = import ../shared/forwarded-ports.nix allPorts;
  startScript =
    name: node:
    if portsTwice != [ ] then
      throw "rehearse: port ${builtins.head portsTwice} of the host is forwarded to several nodes. It can lead to one port of one node only."
    else
    machine {
      inherit name node;
      identity = {
        inherit (addresses.${name}) interfaces;
        file = identity name;
      };
    };
  # What may differ between the variants of a machine.
  described = name: node: {
    startCommand = [ "${startScript name node}/bin/run-${name}-vm" ];
    inherit (node) cores memorySize;
    warmStart = warmStart name node;
  };
  # A machine that changes to a variant with the same keeps what it has written.
  disk =
    name: node:
    builtins.toJSON [
      (builtins.unsafeDiscardStringContext (startScript name node).writable)
      node.emptyDiskImages
    ];
  variation =
    name: node:
    let
      variants = import ./variants.nix name whole.${name};
    in
    if node.variants == { } then
      { }
    else
      {
        disk = disk name node;
        variant = variants.own;
        variants = map (
          variant:
          driverConfiguration.variant (
            {
              inherit (variant) values;
              disk = disk name variant.node;
            }
            // described name variant.node
          )
        ) variants.all;
      };
  largestDisk =
    name: node:
    builtins.foldl' (
      most: one: if resources.disk one > most then resources.disk one else most
    ) (resources.disk node) (map (one: one.node) (import ./variants.nix name whole.${name}).all);
  container = import ./container.nix { inherit build images tools; };
  # The start script of a machine as a container, and what the driver is told of it.
  asContainer =
    name: node:
    let
      nspawn = container {
        inherit name;
        container = node;
        identity = identity name;
        inherit (addresses.${name}) interfaces;
      };
    in
    {
      inherit nspawn;
      commands = {
        startCommand = [ "${nspawn}/bin/run-${name}-nspawn" ];
      };
    };
in
mapAttrs (
  name: node:
  let
    vm = startScript name node;
    isEither = node.backend == "auto";
    either = asContainer name node;
  in
  node
  // {
    networking = addresses.${name};
    /** What `uname -r` says on it: string. */
    kernelRelease = (images.kernel node.kernel).release;
    /** Its start script: derivation with `bin/run-NAME-vm`. */
    inherit vm;
    /** MiB that its writable disks may grow to, in the largest of its variants. */
    writableDisks = largestDisk name node;
    /** What the driver is told of it. */
    driverMachine = driverConfiguration.machine (
      {
        asContainer =
          if isEither then
            driverConfiguration.container (
              either.commands
              // {
                # Those of the machine in QEMU, where cgroups can set them.
                limits = driverConfiguration.limits {
                  inherit (node) cores memorySize;
                  required = false;
                };
              }
            )
          else
            null;
        inherit (node) vlans graphics powerCuts;
        ssh = sshBackdoor;
        recordScreen =
          if node.recordScreen != null then
            node.recordScreen
          else if node.graphics then
            "on-failure"
          else
            "never";
      }
      // described name node
      // variation name node
    );
  }
  // (if isEither then { inherit (either) nspawn; } else { })
) given
// mapAttrs (
  name: node:
  let
    alone = asContainer name node;
  in
  node
  // {
    networking = addresses.${name};
    /** Its start script: derivation with `bin/run-NAME-nspawn`. */
    inherit (alone) nspawn;
    /** What the driver is told of it. */
    driverMachine = driverConfiguration.machine (
      alone.commands
      // {
        inherit (node) vlans;
        container = true;
        ssh = sshBackdoor;
        # It takes what it needs of the host's, up to its limits.
        memorySize = 1;
        cores = 1;
        limits = driverConfiguration.limits { inherit (node) cores memorySize; };
      }
    );
  }
) givenContainers
