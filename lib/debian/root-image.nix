/**
  One file system out of a node's packages and layer, with the node's `setup` run in it: read-only erofs, or a
  writable disk of the file system asked for.

  Type: { build, packages, tools } -> { name, image, layer, setup, rootFilesystem, diskSize, kernel, initrd } -> derivation
*/
{ build, tools, ... }:
{
  name,
  image,
  layer,
  setup,
  rootFilesystem,
  diskSize,
  kernel,
  initrd,
}:
let
  # Only btrfs is filled by a machine.
  machine =
    if rootFilesystem == "btrfs" then
      {
        inherit initrd kernel;
        hostTools = tools.host;
      }
    else
      { };
in
build (
  machine
  // {
    name = "debian-root-${name}";
    script = ./root-image.sh;
    library = ./chroot.sh;
    passAsFile = [ "setup" ];
    inherit
      image
      layer
      rootFilesystem
      setup
      ;
    diskSize = toString diskSize;
    tools = tools.image;
  }
)
