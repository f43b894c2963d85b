/**
  What the machines of a test may use of their host when all of them run: `resources` of a test.

  Names of functions in `builtins` only, for use without nixpkgs.

  Type: {
    overheadMiB :: number;   what QEMU needs beside the memory of its guest
    disk :: node -> number;  MiB that the writable disks of a node (of Debian or NixOS, or a variant of one) may grow to
    of :: { machines, disks } -> { memory, cores, disk, machines };   memory and disk in MiB
  }

  Example: (import ./resources.nix).of {
    machines.a = { memory_mib = 512; cores = 1; };   # as in the driver's document
    disks = [ 2048 ];
  } == { memory = 768; cores = 1; disk = 2048; machines = 1; }
*/
let
  inherit (builtins)
    attrValues
    foldl'
    isInt
    length
    map
    ;
  sum = foldl' (all: one: all + one) 0;
  largest = foldl' (most: one: if one > most then one else most) 0;

  # QEMU with an emulated guest that has booted takes 180 MiB beside the guest's memory, most of it translated code.
  overheadMiB = 256;

  isContainer = machine: machine.container or false;
  limit = machine: name: default: if (machine.limits or { }) ? ${name} then machine.limits.${name} else default;
  # A machine with variants counts with its largest one. One that may be a container counts as the QEMU that it may be, too.
  memory =
    machine:
    if isContainer machine then
      limit machine "memory_mib" 0
    else
      overheadMiB + largest (map (one: one.memory_mib) ([ machine ] ++ machine.variants or [ ]));
  cores =
    machine:
    if isContainer machine then
      limit machine "cores" 1
    else
      largest (map (one: one.cores) ([ machine ] ++ machine.variants or [ ]));
in
{
  inherit overheadMiB;

  disk =
    {
      diskSize ? 0,
      diskImage ? "",
      emptyDiskImages ? [ ],
      ...
    }:
    (if diskImage == null || !isInt diskSize then 0 else diskSize)
    + sum (map (one: if isInt one then one else one.size or 0) emptyDiskImages);

  of =
    { machines, disks }:
    {
      memory = sum (map memory (attrValues machines));
      cores = sum (map cores (attrValues machines));
      disk = sum disks;
      machines = length (attrValues machines);
    };
}
