/**
  A read-only file system with store paths and all that they refer to, for machines that do not see the host's store.

  Type: { hostPkgs, label, rootPaths } -> derivation with `store.img`
*/
{
  hostPkgs,
  label,
  rootPaths,
}:
let
  closure = hostPkgs.closureInfo { inherit rootPaths; };
in
hostPkgs.runCommand "nix-store-image" { nativeBuildInputs = [ hostPkgs.erofs-utils ]; } ''
  mkdir $out
  sed 's|^${builtins.storeDir}/||' ${closure}/store-paths |
    tar --create --directory=${builtins.storeDir} --owner=0 --group=0 --numeric-owner --sort=name --files-from=- |
    mkfs.erofs --quiet --tar=f --all-root -T 1 -U clear -L ${label} $out/store.img
''
