/**
  An image of a node as a container has it: an archive of the files with their owners.

  Type: { build, packages, tools } -> { name, fileSystem :: path of an erofs image, isWhole :: bool } -> derivation with `root.tar`

  `isWhole` says that this is a root with an init, which is adapted to a container, and not a layer over one.
*/
{ build, tools, ... }:
{
  name,
  fileSystem,
  isWhole,
}:
build {
  inherit name fileSystem;
  script = ./container-image.sh;
  library = ./chroot.sh;
  adapt = if isWhole then ./container-units.sh else "";
  tools = tools.image;
  archiver = "${tools.container}/bin/tar";
}
