# Options of machines in QEMU that NixOS has since 2026. Older releases accept them: there the driver alone decides about KVM,
# and no part of a machine needs shared memory.
{
  config,
  lib,
  ...
}:
let
  # Without default and description, the declaration merges with that of NixOS.
  flag = lib.mkOption { type = lib.types.bool; };
in
{
  options.virtualisation.qemu = {
    enableSharedMemory = flag;
    forceAccel = flag;
  };

  config.virtualisation.qemu.enableSharedMemory = lib.mkDefault (
    # The memory of a machine that begins from a snapshot is a file of its own.
    config.virtualisation.host.pkgs.stdenv.hostPlatform.isLinux && !config.testing.warmStart.enable
  );
}
