/**
  The root file system that a list of packages makes, with their maintainer scripts run, as a read-only erofs image.

  Nodes with the same packages share it, whatever else they define.

  Type: { build, packages, tools } -> [string] -> derivation with `root.erofs` and `etc/`
*/
{
  build,
  packages,
  tools,
}:
wanted:
let
  suite = "trixie";
  first = packages.closure suite (packages.essential suite);
  all = packages.closure suite (packages.essential suite ++ import ./base-packages.nix ++ wanted);
in
build {
  name = "debian-packages-image";
  script = ./packages-image.sh;
  library = ./chroot.sh;
  configure = ./configure.sh;
  baseFiles = packages.file suite "base-files";
  essential = packages.files suite first;
  rest = packages.files suite (builtins.filter (name: !(builtins.elem name first)) all);
  tools = tools.image;
}
