/**
  What a Debian node boots from: a table of contents.

  Type: { build, packages, tools } -> attribute set of functions to derivations
*/
arguments: {
  /** The packages of a node, unpacked and configured: { packages } -> derivation with `root.erofs` and `etc/`. */
  packages = import ./packages-image.nix arguments;

  /** What one node adds to its packages: { files, services, users, ... } -> derivation with `layer.erofs` and `tree/`. */
  overlay = import ./overlay-image.nix arguments;

  /** Both made into one file system, when a node has a `setup` or a disk of its own: derivation with `root.erofs` or `root.qcow2`. */
  root = import ./root-image.nix arguments;

  /** One of the above as containers have it: derivation with `root.tar`. */
  container = import ./container-image.nix arguments;

  /** A kernel with its modules: value of the option `kernel` -> derivation with `vmlinux`, `modules.erofs` and `modules/`. */
  kernel = import ./kernel.nix arguments;

  /** The initial RAM disk for a kernel and a root file system: derivation with `initrd`. */
  initrd = import ./initrd.nix arguments;

  /** An empty ext4 disk, for what a node writes: size in MiB -> derivation with `disk.qcow2`. */
  blankDisk = import ./blank-disk.nix arguments;
}
