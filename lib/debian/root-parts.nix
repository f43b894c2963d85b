/**
  The file systems that the root of a node consists of, each a path of an erofs image: the root, and a layer over it, which is
  null if the root is whole.

  Type: { images } -> { name, node, packages } -> { root, layer, merged }

  `merged` is the derivation of the root with everything in it.
*/
{ images }:
{
  name,
  node,
  packages,
}:
let
  isMerged = node.rootFilesystem != "overlay" || node.setup != null;
  packagesImage = images.packages packages;
  layer = images.overlay {
    inherit name;
    inherit (node) files services users;
    image = packagesImage;
  };
  merged = images.root {
    inherit layer name;
    # Of the default suite, so that another kernel needs no other image.
    kernel = images.kernel "trixie";
    initrd = images.initrd {
      kernel = images.kernel "trixie";
      inherit (node) rootFilesystem;
    };
    inherit (node) setup rootFilesystem diskSize;
    image = packagesImage;
  };
  hasLayer = node.files != { } || node.services != { } || node.users != { };
in
{
  inherit merged;
  root = "${if isMerged then merged else packagesImage}/root.erofs";
  layer = if hasLayer && !isMerged then "${layer}/layer.erofs" else null;
}
