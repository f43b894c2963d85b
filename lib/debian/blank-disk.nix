/**
  An empty ext4 file system of a size in MiB, as a small qcow2 file: what a node writes goes into an overlay of it.

  Type: { build, packages, tools } -> int -> derivation with `disk.qcow2`
*/
{ build, tools, ... }:
size:
build {
  name = "debian-blank-disk-${toString size}";
  script = ./blank-disk.sh;
  size = toString size;
  tools = tools.image;
}
