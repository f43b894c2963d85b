/**
  The machines of a test: their attributes checked, their addresses given, their start scripts made.

  Type: { build, images, tools } -> { nodes, names, hosts } -> { <name> = node // { networking, vm, ... } }

  Where there are machines of other kinds in the test, `names` has theirs, too, and `hosts` the lines of everybody's hosts file.
*/
{
  build,
  images,
  tools,
}:
{
  nodes,
  names ? builtins.attrNames nodes,
  hosts ? null,
}:
let
  inherit (builtins) attrNames concatMap mapAttrs;

  given = mapAttrs (import ./node.nix) nodes;
  addresses = import ./network.nix names given;

  lines =
    name:
    let
      inherit (addresses.${name}) interfaces primaryIPAddress primaryIPv6Address;
    in
    if interfaces == [ ] then
      [ ]
    else
      [
        "${primaryIPAddress} ${name}"
        "${primaryIPv6Address} ${name}"
      ];
  identity = import ./identity.nix {
    inherit addresses build;
    hosts = if hosts == null then concatMap lines (attrNames given) else hosts;
  };
  machine = import ./machine.nix { inherit build images tools; };
in
mapAttrs (
  name: node:
  let
    vm = machine {
      inherit name node;
      identity = {
        inherit (addresses.${name}) interfaces;
        file = identity name;
      };
    };
  in
  node
  // {
    networking = addresses.${name};
    /** What `uname -r` says on it: string. */
    kernelRelease = (images.kernel node.kernel).release;
    /** Its start script: derivation with `bin/run-NAME-vm`. */
    inherit vm;
    /** What the driver is told of it. */
    driverMachine = {
      start_command = [ "${vm}/bin/run-${name}-vm" ];
      inherit (node) vlans cores;
      memory_mib = node.memorySize;
      record_screen =
        if node.recordScreen != null then
          node.recordScreen
        else if node.graphics then
          "on-failure"
        else
          "never";
    };
  }
) given
