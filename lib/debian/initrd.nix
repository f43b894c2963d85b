/**
  The initial RAM disk: busybox, the few modules that reach the disks, and `init.sh`. No initramfs-tools, no udev.

  Type: { build, packages, tools } -> { kernel, rootFilesystem } -> derivation with `initrd`
*/
{
  build,
  packages,
  tools,
}:
{ kernel, rootFilesystem }:
let
  # The default root is an overlay whose upper half lies on ext4.
  disk = if rootFilesystem == "overlay" then "ext4" else rootFilesystem;
in
build {
  name = "debian-initrd-${rootFilesystem}";
  script = ./initrd.sh;
  inherit (packages) busybox;
  inherit (kernel) release;
  inherit kernel;
  tools = tools.image;
  init = ./init.sh;
  bootSpeed = ./boot-speed.sh;
  modules = [
    "virtio_pci"
    "virtio_blk"
    "virtio_console"
    "erofs"
    "overlay"
    disk
    "virtio_net"
    "virtio_rng"
    "pvpanic-pci"
  ];
}
