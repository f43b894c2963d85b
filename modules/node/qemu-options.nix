# Options of machines in QEMU that NixOS has since 2026. Older releases accept them: there the driver alone decides about KVM,
# and no part of a machine needs shared memory.
{
  config,
  lib,
  ...
}:
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).node {
    "virtualisation.qemu.enableSharedMemory" = { };
    "virtualisation.qemu.forceAccel" = { };
  };

  config.virtualisation.qemu.enableSharedMemory = lib.mkDefault (
    # The memory of a machine that begins from a snapshot is a file of its own.
    config.virtualisation.host.pkgs.stdenv.hostPlatform.isLinux && !config.testing.warmStart.enable
  );
}
